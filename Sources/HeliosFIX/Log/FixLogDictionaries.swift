// SPDX-License-Identifier: MIT

/// The dictionary for each message of a log: the one that was given, or the built-in one of its version, made when needed.
struct FixLogDictionaries: ~Copyable {
    private let given: FixDictionary?
    private let options: FixCheckOptions
    private var made: [FixBuiltin: FixDictionary] = [:]
    /// The version of applications that the last Logon named.
    private var application: FixBuiltin = .fix50sp2
    private var checker: FixChecker?

    init(_ given: FixDictionary?, _ options: FixCheckOptions) {
        self.given = given
        self.options = options
    }

    /// What the message's dictionary says.
    mutating func check(_ message: FixMessage) -> FixRejection? {
        guard let dictionary = dictionary(of: message) else { return nil }
        if message.type == .logon, let version = message[.defaultApplVerID] {
            application = FixLogDictionaries.builtin(applVerID: version)
        }
        if checker == nil || checker?.dictionary !== dictionary { checker = FixChecker(dictionary, options: options) }
        return checker?.check(message) ?? nil
    }

    /// The dictionary of a message; nil for a version that none is built in for.
    mutating func dictionary(of message: FixMessage) -> FixDictionary? {
        if let given { return given }
        guard let builtin = builtin(of: message) else { return nil }
        if let known = made[builtin] { return known }
        let dictionary = FixDictionary.builtin(builtin)
        made[builtin] = dictionary
        return dictionary
    }

    private func builtin(of message: FixMessage) -> FixBuiltin? {
        switch message.value(0).packed.flatMap({ FixVersion(packed: $0) }) {
        case .fix40, .fix41, .fix42: .fix42
        case .fix43, .fix44: .fix44
        case .fixt11: message[.applVerID].map { FixLogDictionaries.builtin(applVerID: $0) } ?? application
        case nil: nil
        }
    }

    /// The built-in dictionary nearest to an ApplVerID.
    private static func builtin(applVerID: FixValue) -> FixBuiltin {
        switch applVerID.unsigned {
        case 7: .fix50
        default: .fix50sp2
        }
    }
}
