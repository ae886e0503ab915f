// SPDX-License-Identifier: MIT
import HeliosMarket

/// Goes through a strategy's parameters: to write them down, or to hold them against those of a saved state.
///
/// One list of the parameters serves both, so that none is written and not compared.
protocol ParameterCoder {
    associatedtype Failure: Error

    /// Takes a parameter.
    mutating func code<T: BitwiseCopyable & Equatable>(_ value: T, _ name: StaticString) throws(Failure)
}

extension StateWriter: ParameterCoder {
    mutating func code<T: BitwiseCopyable & Equatable>(_ value: T, _ name: StaticString) throws(Never) { write(value) }
}

extension StateReader: ParameterCoder {
    mutating func code<T: BitwiseCopyable & Equatable>(_ value: T, _ name: StaticString) throws(StateError) {
        try match(value, "\(name)")
    }
}

extension ParameterCoder {
    mutating func code(_ symbols: [Symbol], _ name: StaticString) throws(Failure) {
        try code(symbols.count, name)
        for symbol in symbols { try code(symbol, name) }
    }

    mutating func code(_ money: Money, _ name: StaticString) throws(Failure) { try code(money.raw, name) }

    mutating func code(_ text: String, _ name: StaticString) throws(Failure) {
        try code(text.utf8.count, name)
        for byte in text.utf8 { try code(byte, name) }
    }
}
