// SPDX-License-Identifier: MIT

extension RiskModel {
    /// The model that `description` wants, of the text of its file.
    ///
    /// - Parameters:
    ///   - csv: daily returns or prices, as `ReturnTable` reads them.
    ///   - description: how the numbers are made; `description.file` is not opened here.
    /// - Throws: `RiskFileError` where the text can't be read or its days do not suffice.
    public init(csv: String, description: RiskModelDescription) throws(RiskFileError) {
        let table = try ReturnTable(csv: csv, content: description.holdsPrices ? .prices : .returns)
        guard let model = RiskModel(returns: table, description: description) else {
            throw RiskFileError(
                line: 1,
                column: 1,
                reason: "\(table.days) days of \(table.names.count) instruments make no model by \(description.method) "
                    + "at confidence \(description.confidence), lambda \(description.lambda), horizon \(description.horizon), "
                    + "\(description.scenarios) scenarios"
            )
        }
        self = model
    }
}
