// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// A read-only door: what happens to the orders of all participants, or of one, as `DropCopyMessage`s.
public final class DropCopyPort: SoupPort {
    /// Whose orders; empty for everybody's.
    public let concerning: [SoupText]

    init(_ settings: PortSettings, number: Int, stream: consuming SoupStream, desk: ExchangeDesk) {
        concerning = settings.concerning.compactMap { SoupText($0) }
        super.init(
            user: SoupText(settings.user) ?? .blank,
            kind: .dropCopy,
            number: number,
            stream: stream,
            desk: desk
        )
    }

    func tell(_ message: DropCopyMessage) {
        guard concerning.isEmpty || concerning.contains(where: { $0.matches(message.user) }) else { return }
        say { (output) throws(OuchError) in
            if !message.write(to: &output) { throw .buffer }
        }
    }

    override func systemEvent(_ code: OuchSystemCode, at time: Timestamp) {
        var message = DropCopyMessage(.systemEvent)
        message.timestamp = desk.timeOfDay(time)
        message.detail = UInt16(code.rawValue)
        say { (output) throws(OuchError) in
            if !message.write(to: &output) { throw .buffer }
        }
    }
}
