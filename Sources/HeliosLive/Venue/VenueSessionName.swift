// SPDX-License-Identifier: MIT
import Foundation

/// Names of feed sessions: never the same again under a venue's name, so that nobody takes a restarted feed for the old one.
enum VenueSessionName {
    private static let letters = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")

    /// Up to three letters of the venue, then milliseconds since 2026 in seven letters, which last for two years and a half.
    static func make(_ venue: String, after previous: String?) -> String {
        let head = String(venue.uppercased().prefix(3))
        let milliseconds = Int((Date().timeIntervalSince1970 - 1_767_225_600) * 1_000)
        let name = head + tail(milliseconds)
        return name == previous ? head + tail(milliseconds + 1) : name
    }

    private static func tail(_ number: Int) -> String {
        var left = max(number, 0)
        var text = ""
        for _ in 0..<7 {
            text = String(letters[left % 36]) + text
            left /= 36
        }
        return text
    }
}
