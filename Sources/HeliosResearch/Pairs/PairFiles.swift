// SPDX-License-Identifier: MIT
import HeliosMarket

/// What a scan writes: the pair list that a strategy takes, everything that was tested, and a page to read.
public enum PairFiles {
    /// The pairs to trade as CSV with the header `y,x,…`: `pairsFile` of the strategy `pairs` takes it as it is.
    ///
    /// Times are in seconds.
    public static func list(_ pairs: [ScannedPair]) -> String {
        var text =
            "y,x,ratio,ratioLow,ratioHigh,beta,betaLow,betaHigh,alpha,halfLife,halfLifeLow,halfLifeHigh,deviation,crossings,score,probability,adjusted,"
            + "sharedRisk,statisticYX,statisticXY,spreadProbability,rank,firstHalf,secondHalf,kept,via\n"
        for pair in pairs where pair.objection == nil { text += row(pair) }
        return text
    }

    private static func row(_ pair: ScannedPair) -> String {
        let estimate = pair.estimate
        let halfLife = pair.halfLife
        let test = pair.evidence.test
        let isForward = pair.columnY == pair.evidence.first
        let cells: [String] = [
            pair.y, pair.x, number(pair.ratio?.value), number(pair.ratio?.low), number(pair.ratio?.high),
            number(estimate?.beta.value), number(estimate?.beta.low), number(estimate?.beta.high),
            number(estimate?.alpha), seconds(halfLife?.value), seconds(halfLife?.low), seconds(halfLife?.high),
            number(estimate?.equilibriumDeviation), number(pair.crossings), number(pair.evidence.score),
            number(pair.evidence.probability), number(pair.evidence.adjusted), number(pair.evidence.shared),
            number((isForward ? test?.forward : test?.backward)?.statistic),
            number((isForward ? test?.backward : test?.forward)?.statistic), number(test?.probability),
            pair.rank.map { "\($0)" } ?? "", number(pair.halves.first?.probability),
            number(pair.halves.second?.probability), pair.isKept ? "yes" : "no", pair.via ?? "",
        ]
        return cells.joined(separator: ",") + "\n"
    }

    /// Every pair that was tested, strongest first.
    public static func tested(_ scan: PairScan) -> String {
        let symbols = scan.panel.symbols
        var text =
            "first,second,group,sharedRisk,statistic,reverse,spreadProbability,score,probability,adjusted,found\n"
        for (place, pair) in scan.tested.enumerated() {
            let cells: [String] = [
                symbols[pair.first], symbols[pair.second], "\(scan.groups[pair.first])", number(pair.shared),
                number(pair.test?.forward.statistic), number(pair.test?.backward.statistic),
                number(pair.test?.probability), number(pair.score), number(pair.probability), number(pair.adjusted),
                scan.found.contains(place) ? "yes" : "no",
            ]
            text += cells.joined(separator: ",") + "\n"
        }
        return text
    }

    /// Writes `pairs.csv`, `tested.csv` and `report.html` into a directory that exists.
    public static func write(
        _ scan: PairScan,
        _ pairs: [ScannedPair],
        omitted: [PanelOmission],
        title: String,
        to directory: String
    ) throws(ResultsError) {
        let page = PairScanReport(scan: scan, pairs: pairs, omitted: omitted, title: title).html()
        for (name, text) in [("pairs.csv", list(pairs)), ("tested.csv", tested(scan)), ("report.html", page)] {
            var file = try OutputFile(directory + "/" + name)
            file.write(text.utf8)
            try file.close()
        }
    }

    private static func number(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "" }
        return "\(value)"
    }

    private static func seconds(_ value: Double?) -> String { number(value.map { $0 / 1e9 }) }
}
