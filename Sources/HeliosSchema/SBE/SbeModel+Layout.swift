// SPDX-License-Identifier: MIT

/// A line of a message's layout.
public struct SbeLayoutRow: Equatable, Sendable, Encodable {
    /// The field, behind the groups that it is in: `Entries.Price`.
    public var name: String
    public var id: Int
    /// What it is: `field`, `group`, `data`, `constant`.
    public var kind: String
    public var type: String
    /// From the beginning of its block; nil for groups, data and constants.
    public var offset: Int?
    /// Bytes on the wire: of a group those of an entry, of data those of its length.
    public var size: Int
    public var sinceVersion: Int
    public var isOptional: Bool
}

extension SbeMessageLayout {
    /// Every field, group and data in the order of the wire.
    public var rows: [SbeLayoutRow] { block.rows(behind: "") }
}

extension SbeBlockLayout {
    fileprivate func rows(behind path: String) -> [SbeLayoutRow] {
        var rows = fields.map { field in
            SbeLayoutRow(
                name: path + field.name,
                id: field.id,
                kind: field.presence == .constant ? "constant" : "field",
                type: field.type.name,
                offset: field.presence == .constant ? nil : field.offset,
                size: field.size,
                sinceVersion: field.sinceVersion,
                isOptional: field.presence == .optional
            )
        }
        for group in groups {
            rows.append(
                SbeLayoutRow(
                    name: path + group.name,
                    id: group.id,
                    kind: "group",
                    type: group.dimension.name,
                    size: group.block.length,
                    sinceVersion: group.sinceVersion,
                    isOptional: false
                )
            )
            rows += group.block.rows(behind: path + group.name + ".")
        }
        for data in data {
            rows.append(
                SbeLayoutRow(
                    name: path + data.name,
                    id: data.id,
                    kind: "data",
                    type: data.type.name,
                    size: data.prefixLength,
                    sinceVersion: data.sinceVersion,
                    isOptional: false
                )
            )
        }
        return rows
    }
}
