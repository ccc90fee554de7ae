import Environments
import Episodes
import SystemPackage

@testable import Validation

/// A small shop, with the tasks that a test gives it.
enum Shop {
    static let head = """
        orrery: environment/1
        id: shop
        title: Shop
        clock: {start: 2025-03-10T09:00:00Z, advance: 60}
        sequences: {order: {start: 100}}
        tables:
          customers:
            columns: {id: integer, name: string, tier: {type: enum, values: [plain, silver, gold]}}
            key: id
            rows:
              - {id: 1, name: Ana Sousa, tier: plain}
              - {id: 2, name: Ana Souza, tier: silver}
              - {id: 3, name: Bo Lind, tier: gold}
              - {id: 4, name: Cy Twist, tier: plain}
              - {id: 5, name: Di Moon, tier: plain}
              - {id: 6, name: Ed Lake, tier: gold}
          orders:
            columns:
              id: integer
              customer_id: {type: integer, references: customers.id}
              state: {type: enum, values: [pending, shipped, cancelled]}
              total: number
              placed_at: date-time
              note: {type: string, null: true}
            key: id
            rows:
              - {id: 11, customer_id: 1, state: pending, total: 20.5, placed_at: 2025-03-01T10:00:00Z}
              - {id: 12, customer_id: 2, state: pending, total: 31.0, placed_at: 2025-03-02T10:00:00Z}
              - {id: 13, customer_id: 3, state: shipped, total: 47.25, placed_at: 2025-03-03T10:00:00Z}
              - {id: 14, customer_id: 4, state: pending, total: 58.0, placed_at: 2025-03-04T10:00:00Z}
              - {id: 15, customer_id: 5, state: cancelled, total: 63.75, placed_at: 2025-03-05T10:00:00Z}
              - {id: 16, customer_id: 6, state: pending, total: 79.0, placed_at: 2025-03-06T10:00:00Z}
        tools:
          find_customers:
            description: Finds customers.
            effect: read
            arguments: {name: string}
            result: {rows: "SELECT id, name, tier FROM customers WHERE name = :name"}
          list_orders:
            description: Lists orders.
            effect: read
            arguments: {customer_id: integer}
            result: {rows: "SELECT id, state, total, placed_at, note FROM orders WHERE customer_id = :customer_id ORDER BY id"}
          cancel_order:
            description: Cancels an order.
            effect: write
            arguments: {order_id: integer}
            steps:
              - find: "SELECT state FROM orders WHERE id = :order_id"
                else: {code: not_found, message: "There is no such order."}
              - require: ":state = 'pending'"
                else: {code: not_pending, message: "The order is not pending."}
              - change: "UPDATE orders SET state = 'cancelled' WHERE id = :order_id"
          note_order:
            description: Writes a note.
            effect: write
            arguments: {order_id: integer, note: string}
            steps: [{change: "UPDATE orders SET note = :note WHERE id = :order_id", else: {code: not_found, message: "No such order."}}]
          set_tier:
            description: Changes a tier.
            effect: write
            arguments: {customer_id: integer, tier: {type: enum, values: [plain, silver, gold]}}
            steps: [{change: "UPDATE customers SET tier = :tier WHERE id = :customer_id", else: {code: not_found, message: "No such customer."}}]
          place_order:
            description: Places an order.
            effect: write
            arguments: {customer_id: integer, total: number}
            steps:
              - next: {new: order}
              - change: "INSERT INTO orders (id, customer_id, state, total, placed_at) VALUES (:new, :customer_id, 'pending', :total, :now)"
            result: {row: "SELECT id, placed_at FROM orders WHERE id = :new"}
        tasks:

        """

    static func world(_ tasks: String) throws -> World {
        let body = tasks.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
        return try World(try EnvironmentLoader.load(Array((head + body + "\n").utf8), file: "shop.yaml"))
    }

    /// What the trial of the tasks finds.
    static func tried(_ tasks: String, _ options: TrialOptions = TrialOptions()) throws -> [TaskResult] {
        try tried(world(tasks), options)
    }

    static func tried(_ world: World, _ options: TrialOptions = TrialOptions()) throws -> [TaskResult] {
        let material = try Material(world, seed: options.seed)
        let pool = StagePool()
        return world.environment.definition.tasks.indices.map { index in
            TaskTrial(
                material: material, file: "shop.yaml", task: index, options: options, pool: pool, judge: GoalJudge(pool: pool),
                isOwnGoal: true
            ).run()
        }
    }

    /// Everything that is named as wrong.
    static func causes(_ tasks: String) throws -> [String] {
        try tried(tasks).flatMap { $0.survivors.map(\.cause) + $0.findings.map(\.cause) + $0.differences }
    }

    static let cancel =
        "solution: [{call: find_customers, arguments: {name: Ana Sousa}}, {call: list_orders, arguments: {customer_id: 1}}, {call: cancel_order, arguments: {order_id: 11}}]"
}
