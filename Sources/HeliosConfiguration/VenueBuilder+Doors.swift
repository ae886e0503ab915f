// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue

/// Ports and users, and what must hold among all venues.
extension VenueBuilder {
    mutating func doors(_ place: String) -> [VenueDoor] {
        var doors: [VenueDoor] = []
        for index in 0..<reader.count("\(place).ports") {
            let door = "\(place).ports[\(index)]"
            let language = text("\(door).protocol").flatMap(VenueDoor.Language.init) ?? .ouch50
            let role = self.role("\(door).role", language)
            let isCopy = language == .dropCopy || role == .dropCopy
            var users: [VenueDoor.User] = []
            for user in 0..<reader.count("\(door).users") {
                guard let user = self.user("\(door).users[\(user)]", isCopy: isCopy) else { continue }
                if users.contains(where: { $0.name == user.name }) {
                    reader.refuse("\(door).users", "the user \(user.name) stands twice")
                }
                users.append(user)
            }
            if reader.count("\(door).users") == 0 { users = [VenueDoor.User("HELIOS")] }
            guard let address = address("\(door).listen", free: true) else { continue }
            var described = VenueDoor(language, address, users: users)
            described.role = role
            readFix(door, &described)
            described.tls = security("\(door).tls")
            doors.append(described)
        }
        return doors
    }

    private mutating func user(_ place: String, isCopy: Bool) -> VenueDoor.User? {
        guard let name = text("\(place).name") else { return nil }
        guard VenueBuilder.isUser(name) else {
            reader.refuse("\(place).name", "found \"\(name)\", expected one to six printable characters")
            return nil
        }
        var user = VenueDoor.User(name)
        if let text = text("\(place).concerning") {
            user.concerning = text.split { $0 == " " || $0 == "," }.map(String.init)
            if !isCopy { reader.refuse("\(place).concerning", "only a drop copy concerns somebody") }
            if user.concerning.isEmpty {
                // Nobody would mean everybody.
                reader.refuse("\(place).concerning", "names nobody; without the key it is everybody's orders")
            }
            if let wrong = user.concerning.first(where: { !VenueBuilder.isUser($0) }) {
                reader.refuse("\(place).concerning", "found \"\(wrong)\", expected users of one to six characters")
            }
        }
        user.password = password(place)
        return user
    }

    private static func isUser(_ name: String) -> Bool {
        (1...6).contains(name.utf8.count) && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    private mutating func role(_ place: String, _ language: VenueDoor.Language) -> VenueDoor.Role {
        let role = text(place).flatMap(VenueDoor.Role.init) ?? .orders
        guard !language.isFix, reader.isGiven(place) else { return role }
        reader.refuse(place, "only a FIX port has one; over SoupBinTCP a drop copy is protocol: drop-copy")
        return .orders
    }

    /// How the port speaks TLS; nil where it doesn't.
    private mutating func security(_ place: String) -> VenueTLS? {
        let (certificate, key) = (text("\(place).certificate"), text("\(place).key"))
        let authority = text("\(place).authority")
        guard let certificate, let key else {
            if certificate != nil || key != nil || authority != nil {
                let missing = certificate == nil ? "certificate" : "key"
                let given = certificate != nil ? "certificate" : key != nil ? "key" : "authority"
                reader.refuse("\(place).\(given)", "expected \(missing) beside it")
            }
            return nil
        }
        return VenueTLS(certificate: certificate, key: key, authority: authority)
    }

    /// What only a door that speaks FIX has.
    private mutating func readFix(_ place: String, _ door: inout VenueDoor) {
        let isFix = door.language.isFix
        door.store = text("\(place).store")
        if !isFix, door.store != nil { reader.refuse("\(place).store", "only a FIX port has one") }
        door.compID = compID("\(place).compID", isFix)
        door.cancelsOnDisconnect = truth("\(place).cancelOnDisconnect") ?? true
        door.liquidityTag = integer("\(place).liquidityTag").map { UInt32($0) }
        for name in ["cancelOnDisconnect", "liquidityTag"] where reader.isGiven("\(place).\(name)") {
            if !isFix {
                reader.refuse("\(place).\(name)", "only a FIX port has it")
            } else if door.role == .dropCopy {
                reader.refuse("\(place).\(name)", "a drop copy has no orders")
            }
        }
        var taken: Set<String> = []
        for (index, user) in door.users.enumerated() {
            let key = "\(place).users[\(index)].compID"
            let given = index < reader.count("\(place).users") ? compID(key, isFix) : nil
            door.users[index].compID = given
            if !taken.insert(given ?? user.name).inserted {
                reader.refuse(key, "another user has the comp id \(given ?? user.name)")
            }
        }
    }

    private mutating func compID(_ place: String, _ isFix: Bool) -> String? {
        guard let text = text(place) else { return nil }
        if !isFix {
            reader.refuse(place, "only a FIX port has one")
        } else if !(1...32).contains(text.utf8.count) || !text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
            reader.refuse(place, "found \"\(text)\", expected one to 32 printable characters")
        }
        return text
    }

    private mutating func password(_ place: String) -> String? {
        if let path = text("\(place).passwordFile") {
            guard let text = try? TextFile.read(path) else {
                reader.refuse("\(place).passwordFile", "found \"\(path)\", which can't be read")
                return nil
            }
            return checked(String(text.prefix { !$0.isNewline }), "\(place).passwordFile")
        }
        guard let name = text("\(place).passwordVariable") else { return nil }
        guard let text = environment[name] else {
            reader.refuse("\(place).passwordVariable", "found \"\(name)\", but no such variable is set")
            return nil
        }
        return checked(text, "\(place).passwordVariable")
    }

    /// Passwords are never shown, not even wrong ones.
    private mutating func checked(_ password: String, _ place: String) -> String? {
        if (1...10).contains(password.utf8.count), password.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
            return password
        }
        reader.refuse(place, "the password must have one to ten printable characters")
        return nil
    }

    mutating func checkTogether(_ venues: [VenueDescription]) {
        var names: [String] = []
        for (index, venue) in venues.enumerated() {
            let place = "venues[\(index)]"
            if names.contains(venue.name), !venue.name.isEmpty {
                reader.refuse("\(place).name", "another venue is called \(venue.name)")
            }
            names.append(venue.name)
            let lit = venues.filter { $0.kind == .lit }.map(\.name)
            switch (venue.kind, venue.reference) {
            case (.dark, nil): reader.refuse("\(place).reference", "missing, expected the name of a lit venue")
            case (.dark, let name?) where !lit.contains(name):
                let nearest = NearestName.of(name, among: lit)
                reader.refuse(
                    "\(place).reference",
                    "found \"\(name)\", expected a lit venue's name",
                    suggestion: nearest
                )
            case (.lit, .some): reader.refuse("\(place).reference", "only a dark venue has one")
            default: break
            }
        }
        checkAddresses(venues)
        for (index, venue) in venues.enumerated() { checkSessions(venue, "venues[\(index)]") }
    }

    /// A user has one session of a version and role, and a session that is kept has a file of its own.
    ///
    /// Two sessions would share what is said to the user: what one has lost the other would send.
    private mutating func checkSessions(_ venue: VenueDescription, _ place: String) {
        var taken: [String: (port: String, name: String)] = [:]
        var files: [String: String] = [:]
        for (number, door) in venue.doors.enumerated() where door.language.isFix {
            let port = "\(place).ports[\(number)]"
            for user in door.users {
                // Logins do not tell upper and lower case apart; one that stands twice at a port was told already.
                let key = "\(door.words) \(user.name.uppercased())"
                if let other = taken.updateValue((port, user.name), forKey: key), other != (port, user.name) {
                    let what = door.role == .dropCopy ? "a drop copy" : "a session"
                    reader.refuse(
                        "\(port).users",
                        "the user \(user.name) has \(what) of this version at \(other.port)"
                    )
                }
                if let store = door.store,
                    let other = files.updateValue(port, forKey: "\(store)/\(venue.sessionFile(door, user))")
                {
                    let comp = user.compID ?? user.name
                    reader.refuse("\(port).store", "the session with \(comp) is kept there by \(other) too")
                }
            }
        }
    }

    /// Two listeners at one address would be found out only when the second is opened.
    private mutating func checkAddresses(_ venues: [VenueDescription]) {
        var taken: [String: String] = [:]
        for (index, venue) in venues.enumerated() {
            for (number, door) in venue.doors.enumerated() where !door.address.hasSuffix(":0") {
                let place = "venues[\(index)].ports[\(number)].listen"
                if let other = taken.updateValue(place, forKey: door.address) {
                    reader.refuse(place, "\(door.address) is taken by \(other)")
                }
            }
        }
    }
}
