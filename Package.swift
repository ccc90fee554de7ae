// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "orrery",
    products: [
        .executable(name: "orrery", targets: ["orrery"]),
        .library(name: "Orrery", targets: ["Environments", "Episodes", "Serving"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite3"])]),
        .target(name: "Determinism", dependencies: [.product(name: "Crypto", package: "swift-crypto")]),
        .target(name: "WireJSON"),
        .target(name: "Database", dependencies: ["CSQLite", "Determinism", "WireJSON"]),
        .target(
            name: "Specifications",
            dependencies: [
                "Determinism", "WireJSON",
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "Yams", package: "Yams"),
            ]),
        .target(
            name: "Environments",
            dependencies: [
                "Database", "Determinism", "Specifications", "WireJSON",
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        .target(name: "Episodes", dependencies: ["Database", "Determinism", "Environments", "Specifications", "WireJSON"]),
        .target(
            name: "Domains",
            dependencies: [
                "Determinism", "Specifications", "WireJSON", .product(name: "SystemPackage", package: "swift-system"),
            ]),
        .target(name: "Simulation", dependencies: ["Determinism", "Domains"]),
        .target(
            name: "Generator",
            dependencies: ["Database", "Determinism", "Domains", "Environments", "Episodes", "Simulation", "Specifications", "WireJSON"]),
        .target(
            name: "Batches",
            dependencies: [
                "Determinism", "Domains", "Environments", "Generator", "Specifications", "WireJSON",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        .target(name: "Rollouts", dependencies: ["Database", "Determinism", "Environments", "Episodes", "WireJSON"]),
        .target(
            name: "Validation",
            dependencies: [
                "Database", "Determinism", "Environments", "Episodes", "Rollouts", "Specifications", "WireJSON",
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        .target(
            name: "Serving",
            dependencies: [
                "Database", "Environments", "Episodes", "WireJSON",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        .target(
            name: "Web",
            dependencies: [
                "Environments", "Episodes", "Serving", "WireJSON",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ]),
        .target(
            name: "Commands",
            dependencies: [
                "Batches", "Database", "Domains", "Environments", "Episodes", "Generator", "Rollouts", "Serving", "Specifications",
                "Validation", "Web", "WireJSON",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        .executableTarget(name: "orrery", dependencies: ["Commands"]),
        .executableTarget(
            name: "orrery-bench",
            dependencies: ["CSQLite", "Database", "Environments", "Episodes", "WireJSON"],
            path: "Benchmarks"),
        .testTarget(name: "DeterminismTests", dependencies: ["Determinism"]),
        .testTarget(name: "WireJSONTests", dependencies: ["WireJSON", "Determinism"]),
        .testTarget(name: "DatabaseTests", dependencies: ["CSQLite", "Database", "Determinism"]),
        .testTarget(name: "EnvironmentsTests", dependencies: ["Environments"]),
        .testTarget(name: "DomainsTests", dependencies: ["Domains"]),
        .testTarget(name: "EpisodesTests", dependencies: ["Episodes", "Rollouts"]),
        .testTarget(name: "GeneratorTests", dependencies: ["Generator", "Domains", "Simulation", "Environments", "Episodes"]),
        .testTarget(name: "BatchesTests", dependencies: ["Batches", "Domains"]),
        .testTarget(name: "SimulationTests", dependencies: ["Simulation", "Domains"]),
        .testTarget(name: "ValidationTests", dependencies: ["Validation"]),
        .testTarget(name: "ServingTests", dependencies: ["Serving"]),
        .testTarget(name: "ProgramTests", dependencies: ["orrery", "Environments", "Episodes", "Serving", "WireJSON"]),
    ],
    swiftLanguageModes: [.v6]
)
