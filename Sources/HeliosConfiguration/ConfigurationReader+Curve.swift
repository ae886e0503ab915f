// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import Yams

// The usual volume curve of `vwap`: a list for all instruments, or a file that has one for each.
extension ConfigurationReader {
    /// The list `execution.curve`, the last of its section.
    mutating func readCurve(_ node: Node, _ document: YAMLDocument) {
        let name = ConfigurationSchema.curveName
        resolved.line("  curve:")
        let items = node.sequence.map(Array.init) ?? []
        if items.isEmpty {
            let found = node.sequence == nil ? "found \(node.found)" : "found an empty list"
            return report(node, name, "\(found), expected a list of stretches with 'from' and 'share'")
        }
        let before = errors.count
        var stretches: [(from: Nanoseconds, volume: Int64)] = []
        for (place, item) in items.enumerated() {
            guard let stretch = readStretch(item, "\(name)[\(place)]", document) else { continue }
            if let last = stretches.last, last.from >= stretch.from {
                report(item, "\(name)[\(place)].from", "expected a time after the one before")
            } else if stretch.from >= VolumeCurves.close {
                report(item, "\(name)[\(place)].from", "expected a time before 16:00")
            }
            stretches.append(stretch)
        }
        let sum = stretches.reduce(0) { $0 + $1.volume }
        guard errors.count == before else { return }
        guard sum == 10_000, let curve = VolumeCurve(stretches, until: VolumeCurves.close) else {
            return report(node, name, "the shares add up to \(ConfigurationValue.share(sum).text), expected 100%")
        }
        configuration.settings.execution.curves.other = curve
    }

    /// An element of the list: `{from: "09:30", share: 13.3%}`.
    private mutating func readStretch(
        _ node: Node,
        _ path: String,
        _ document: YAMLDocument
    ) -> (from: Nanoseconds, volume: Int64)? {
        guard let mapping = node.mapping else {
            report(node, path, "found \(node.found), expected a mapping with the keys from and share")
            return nil
        }
        let names = ConfigurationSchema.curveKeys.map(\.name)
        var members: [String: Node] = [:]
        for entry in unique(document.entries(mapping), below: path) {
            if names.contains(entry.key) {
                members[entry.key] = entry.value
            } else {
                reportUnknown(entry, "\(path).\(entry.key)", among: names)
            }
        }
        var stretch: (from: Nanoseconds, volume: Int64) = (0, 0)
        var lines: [String] = []
        for key in ConfigurationSchema.curveKeys {
            let place = "\(path).\(key.name)"
            guard let value = value(of: key, at: place, members[key.name]) else {
                let isGiven = members[key.name] != nil || environment[ConfigurationKey.variable(place)] != nil
                if !isGiven { report(node, place, "missing, expected \(key.expectation)") }
                continue
            }
            lines.append(ResolvedText.member(key, value))
            switch value {
            case .parameter(.timeOfDay(let time)): stretch.from = time
            case .share(let points): stretch.volume = points
            default: break
            }
        }
        resolved.line("    - " + lines.joined(separator: "\n      "))
        return lines.count == names.count ? stretch : nil
    }

    /// Reads the file of usual volumes that `execution.curveFile` names.
    mutating func loadCurves() {
        guard let name = configuration.curveFile else { return }
        let path = "execution.curveFile"
        if curveNode != nil { return refuse(path, "stands beside curve, expected one of the two") }
        configuration.inputFiles.insert(name)
        do throws(ConfigurationErrors) {
            let text = try TextFile.read(name)
            do throws(VolumeCurveError) {
                configuration.settings.execution.curves = try VolumeCurves(csv: text)
            } catch { refuse(path, "\(name): \(error)") }
        } catch { refuse(path, "\(name): \(error.errors.first?.message ?? "can't be read")") }
    }
}
