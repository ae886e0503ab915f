// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk

extension LimitsBuilder {
    /// P15: the model that value at risk is computed by, of a file of past returns.
    ///
    /// The resolved text holds the file's digest: a run that is repeated must find the same returns.
    mutating func readModel(_ root: LimitsGroup) {
        guard let group = root.groups["varModel"], let file = group.values["file"], case .text(let path) = file.value
        else {
            return
        }
        let description = describe(group, path)
        do throws(ConfigurationErrors) {
            let text = try TextFile.read(path)
            let digest = FNV1a(text).value
            if let given = self.digest(group, "digest"), given != digest, let place = group.values["digest"]?.place {
                let found = LimitsText.hex(digest, 16)
                return refuse(place, "the file \(path) has another digest, \(found): it is not the one that was meant")
            }
            configuration.modelDigest = digest
            configuration.modelDescription = description
            do throws(RiskFileError) {
                configuration.model = try RiskModel(csv: text, description: description)
            } catch {
                errors.append(
                    ConfigurationError(file: path, line: error.line, column: error.column, message: error.reason)
                )
            }
        } catch {
            refuse(file.place, error.description)
        }
    }

    private func describe(_ group: LimitsGroup, _ path: String) -> RiskModelDescription {
        var description = RiskModelDescription(file: path)
        description.holdsPrices = LimitsBuilder.text(group, "content") == "prices"
        if let word = LimitsBuilder.text(group, "covariance") {
            description.method = CovarianceMethod.allCases.first { "\($0)" == word } ?? description.method
        }
        if let word = LimitsBuilder.text(group, "number") {
            description.measure = RiskNumber.allCases.first { "\($0)" == word } ?? description.measure
        }
        if case .share(let points)? = group.values["confidence"]?.value {
            description.confidence = Double(points) / 10_000
        }
        if case .parameter(.number(let value))? = group.values["lambda"]?.value { description.lambda = value }
        if case .parameter(.integer(let days))? = group.values["horizon"]?.value { description.horizon = days }
        if case .parameter(.integer(let days))? = group.values["scenarios"]?.value { description.scenarios = days }
        if case .share(let points)? = group.values["priceTolerance"]?.value { description.priceTolerance = points }
        return description
    }

    /// Limits that need a model and have none, and instruments that the model does not know.
    func modelNotices() -> [LimitsConfiguration.Notice] {
        let kinds: [LimitKind] = [.valueAtRisk, .expectedShortfall]
        guard let limit = policy.limits.firstIndex(where: { kinds.contains($0.kind) }) else { return [] }
        let place = places[.limit(limit)] ?? LimitsPlace("", TextPlace(1, 1))
        func notice(_ message: String) -> LimitsConfiguration.Notice {
            .init(severity: .refusal, text: LimitsReader.error(place, message, in: file))
        }
        guard let model = configuration.model else {
            return [notice("every order that it binds is refused: there is no varModel")]
        }
        let unknown = policy.instruments.map(\.symbol.description).filter { model.place(of: $0) == nil }
        guard !unknown.isEmpty else { return [] }
        let names =
            unknown.prefix(5).joined(separator: ", ") + (unknown.count > 5 ? " and \(unknown.count - 5) more" : "")
        return [notice("every order that raises risk is refused in \(names): the varModel does not know them")]
    }
}
