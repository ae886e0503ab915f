// SPDX-License-Identifier: MIT
import Foundation

/// Names of feed sessions: never the same again under a venue's name, so that nobody takes a restarted feed for the old one.
enum VenueSessionName {
    private static let letters = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")

    /// Up to four letters of the venue, then tenths of a second since 2026 in six letters, which last until 2032.
    static func make(_ venue: String, after previous: String?) -> String {
        let head = String(venue.uppercased().prefix(4))
        let tenths = Int((Date().timeIntervalSince1970 - 1_767_225_600) * 10)
        let name = head + tail(tenths)
        return name == previous ? head + tail(tenths + 1) : name
    }

    private static func tail(_ number: Int) -> String {
        var left = number
        var text = ""
        for _ in 0..<6 {
            text = String(letters[left % 36]) + text
            left /= 36
        }
        return text
    }
}
