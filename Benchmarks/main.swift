import Database
import Environments
import Episodes
import Foundation
import WireJSON

// Measures, in one run and on the same calls: the bare SQLite C API, episodes in process, and the stdio server.
//
//     orrery-bench ENVIRONMENT ORRERY-BINARY [ROUNDS]

let arguments = CommandLine.arguments
guard arguments.count >= 3 else {
    print("usage: orrery-bench ENVIRONMENT ORRERY-BINARY [ROUNDS]")
    exit(2)
}
let path = arguments[1]
let binary = arguments[2]
let rounds = arguments.count > 3 ? Int(arguments[3]) ?? 20 : 20

let world: World
do {
    world = try World.load(path)
} catch {
    print("\(path) cannot be loaded, so nothing is measured:\n\(error)")
    exit(1)
}
let workload = Workload(world)
let bench = Bench(workload: workload, binary: binary, path: path, rounds: rounds)
try bench.run()
