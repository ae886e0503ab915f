// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import HeliosWire

/// Encodes cleared orders and cancels as OUCH 5.0 messages, one after the other, into memory reserved at the start.
///
/// Whoever owns the connection takes the bytes with `drain`. A message that does not fit, or an order that OUCH can't say,
/// is counted and not sent: the order stays reserved, as one of unknown fate.
@safe
public struct OuchGateway: OrderGateway, ~Copyable {
    private let buffer: UnsafeMutableRawBufferPointer
    private let symbols: UnsafeMutablePointer<Symbol>
    private let instruments: Int
    /// Bytes waiting.
    public private(set) var count = 0
    /// Messages encoded.
    public private(set) var messages = 0
    /// Orders and cancels that could not be encoded.
    public private(set) var failures = 0

    /// - Parameters:
    ///   - symbols: by instrument.
    ///   - capacity: bytes that may wait between two drains.
    public init(symbols: [Symbol], capacity: Int = 1 << 16) {
        buffer = .allocate(byteCount: max(capacity, Ouch.enterOrderLength), alignment: 64)
        instruments = symbols.count
        self.symbols = .allocate(capacity: max(symbols.count, 1))
        for (index, symbol) in symbols.enumerated() { (self.symbols + index).initialize(to: symbol) }
    }

    deinit {
        buffer.deallocate()
        symbols.deallocate()
    }

    public mutating func send(_ order: consuming Cleared) {
        let order = order.order
        guard order.instrument.index < instruments else {
            failures += 1
            return
        }
        let room = UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
        do throws(OuchError) {
            count += try Ouch.enterOrder(order, symbol: symbols[order.instrument.index], into: room)
            messages += 1
        } catch {
            failures += 1
        }
    }

    public mutating func replace(_ order: consuming Cleared) {
        do throws(OuchError) {
            let room = UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
            count += try Ouch.replaceOrder(order.order, of: order.original, into: room)
            messages += 1
        } catch {
            failures += 1
        }
    }

    public mutating func cancel(_ id: OrderID, of instrument: Instrument, at time: Timestamp) {
        do throws(OuchError) {
            count += try Ouch.cancelOrder(id, into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
            messages += 1
        } catch {
            failures += 1
        }
    }

    /// Gives the waiting bytes to `body` and forgets them.
    public mutating func drain(_ body: (UnsafeRawBufferPointer) -> Void) {
        body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        count = 0
    }
}
