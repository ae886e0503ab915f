// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

/// A read-only port by FIX: ExecutionReports of what happens to the orders of all participants, or of some.
///
/// Nothing is told anew here: a copy that found no room is lost for the day, and the session is not let in again.
public final class FixCopyPort: FixDoorPort {
    /// Whose orders; empty for everybody's.
    public let concerning: [SoupText]

    override init(_ settings: PortSettings, _ dialect: FixDialect, number: Int, desk: ExchangeDesk) {
        concerning = settings.concerning.compactMap { SoupText($0) }
        super.init(settings, dialect, number: number, desk: desk)
    }

    func concerns(_ user: SoupText) -> Bool { concerning.isEmpty || concerning.contains { $0.matches(user) } }

    override var lostText: String { "copies were lost: there is no going on before the next trading day" }

    override func take(_ message: FixMessage, into commands: inout [MatchingCommand]) {
        ignored += 1
        sayBusinessReject(message, 3, "a drop copy takes no messages: orders go to an order port")
    }
}
