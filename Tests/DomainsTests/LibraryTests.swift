import Specifications
import Testing

@testable import Domains

@Suite struct LibraryTests {
    @Test func everyDomainOfTheRepositoryIsSound() throws {
        let library = try DomainLibrary.load(Fixtures.root.appendingPathComponent("EnvSpecs").path)
        #expect(library.domains.count >= 40)
        #expect(Set(library.domains.map(\.name)).count == library.domains.count)
        // Whatever may be absent may be absent, all at once and one by one.
        for domain in library.domains {
            let names = domain.choices.sometimes
            let least = try domain.model(absent: Set(names), parameters: [:])
            #expect(!least.verbs.isEmpty, "\(domain.name)")
            for name in names { _ = try domain.model(absent: [name], parameters: [:]) }
        }
    }

    @Test func theDomainsCoverTheCategoriesOfApplications() throws {
        let library = try DomainLibrary.load(Fixtures.root.appendingPathComponent("EnvSpecs").path)
        let categories = [
            "e-commerce and marketplaces", "booking", "social and community", "task and project management", "finance and banking",
            "subscriptions and membership", "inventory and catalogue", "messaging", "lists and collections", "scheduling and calendar",
            "forms and surveys", "settings and configuration", "health care", "education", "real estate", "human resources",
            "legal and compliance", "logistics and shipping", "food and restaurants", "entertainment and gaming", "fitness and wellness",
            "travel and hospitality", "automotive", "smart devices", "developer tools", "CRM and sales", "content management",
            "analytics and reporting", "pets", "charities", "weather", "utilities", "insurance", "customer support",
        ]
        for category in categories { #expect(library.domains.contains { $0.category == category }, "\(category)") }
    }
}
