// SPDX-License-Identifier: MIT
import HeliosMarket

/// Samples by size: of few a sorted row of numbers, of many a tree in which each node knows how many it holds.
///
/// The tree is a treap whose nodes are the places of the samples. What stands above what follows from the places alone, by a
/// number made of each: the same samples give the same tree, with a depth that goes with the logarithm of their number.
struct SampleOrder: BitwiseCopyable {
    /// With more room than this a tree is kept; below it moving a row's numbers is as fast.
    static let largestRow = 2_048

    /// Where the samples are.
    var values: Int
    /// Words: the place of the root and one, 0 without; for each place its children, left below and right above, each as the root;
    /// for each place how many samples are in and below it.
    var root: Int
    var children: Int
    var counts: Int

    /// Words that a tree of so many places keeps.
    static func words(_ places: Int) -> Int { 1 + 2 * places }

    /// Whose number is larger stands above; no two places have the same.
    static func height(_ place: Int) -> UInt64 {
        var mixed = UInt64(bitPattern: Int64(place)) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension PlanNode {
    /// Of a quantile: whether its samples are in a tree.
    var isOrderedByTree: Bool { Int(capacity) > SampleOrder.largestRow }
}

extension SignalMachine {
    // MARK: - Windows
    mutating func slideSorted(_ node: PlanNode, _ view: WindowView) {
        var count = Int(words[Int(node.words) + 1])
        var serial = words[Int(node.words) + 2]
        let tree = node.isOrderedByTree ? order(node, view) : nil
        while serial < view.head {
            let place = Int(serial & view.mask)
            if let tree { remove(tree, place) } else { removeFromRow(node, reals[view.ring + place], count: count) }
            count -= 1
            serial += 1
        }
        words[Int(node.words) + 2] = view.head
        if view.hasEntered {
            let place = Int((view.tail - 1) & view.mask)
            if let tree { insert(tree, place) } else { insertIntoRow(node, reals[view.ring + place], count: count) }
            count += 1
        }
        words[Int(node.words) + 1] = Int64(count)
    }

    /// Takes a sample, the `place`th, into a window that only grows.
    mutating func order(_ node: PlanNode, _ x: Double, at place: Int) {
        guard node.isOrderedByTree else { return insertIntoRow(node, x, count: place) }
        reals[Int(node.reals) + place] = x
        insert(order(node, nil), place)
    }

    /// Forgets all samples.
    mutating func clearOrder(_ node: PlanNode) {
        if node.isOrderedByTree { words[Int(node.words) + 3] = 0 }
    }

    func quantile(_ node: PlanNode, _ view: WindowView, count: Int) -> Double? {
        guard count > 0 else { return nil }
        let rank = node.parameter * Double(count - 1)
        let below = Int(rank)
        let isLast = below + 1 >= count
        let low: Double
        let high: Double
        if node.isOrderedByTree {
            let tree = order(node, view)
            guard let first = sample(tree, below), let second = isLast ? first : sample(tree, below + 1) else {
                return nil
            }
            (low, high) = (first, second)
        } else {
            low = reals[Int(node.reals) + below]
            high = isLast ? low : reals[Int(node.reals) + below + 1]
        }
        return isLast ? low : low + (rank - Double(below)) * (high - low)
    }

    /// Of a sliding window the samples are in its ring, of windows one after the other in the node's own numbers.
    private func order(_ node: PlanNode, _ view: WindowView?) -> SampleOrder {
        let isOwn = node.isTumbling
        let places = isOwn ? Int(node.capacity) : WindowState.ringSize(Int(node.capacity))
        let base = Int(node.words) + 3
        let values = isOwn ? Int(node.reals) : view?.ring ?? Int(nodes[Int(node.first)].reals)
        return SampleOrder(values: values, root: base, children: base + 1, counts: base + 1 + places)
    }

    /// Makes the tree anew from the samples, which say all about it; false where one is no number.
    mutating func restoreOrder(_ node: PlanNode) -> Bool {
        guard node.isOrderedByTree else { return true }
        let tree = order(node, nil)
        words[tree.root] = 0
        if node.isTumbling {
            for place in 0..<Int(min(words[Int(node.words) + 1], Int64(node.capacity))) {
                guard reals[tree.values + place].isFinite else { return false }
                insert(tree, place)
            }
            return true
        }
        let window = nodes[Int(node.first)]
        let mask = Int64(window.minimum)
        var serial = words[Int(node.words) + 2]
        while serial < words[Int(window.words) + WindowState.tail] {
            guard reals[tree.values + Int(serial & mask)].isFinite else { return false }
            insert(tree, Int(serial & mask))
            serial += 1
        }
        return true
    }

    // MARK: - A row
    private mutating func removeFromRow(_ node: PlanNode, _ x: Double, count: Int) {
        let place = rank(node, x, count: count)
        reals.move(Int(node.reals) + place + 1, to: Int(node.reals) + place, count: count - place - 1)
    }

    private mutating func insertIntoRow(_ node: PlanNode, _ x: Double, count: Int) {
        let place = rank(node, x, count: count)
        reals.move(Int(node.reals) + place, to: Int(node.reals) + place + 1, count: count - place)
        reals[Int(node.reals) + place] = x
    }

    /// How many of the sorted numbers are below `x`.
    private func rank(_ node: PlanNode, _ x: Double, count: Int) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if reals[Int(node.reals) + middle] < x { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: - A tree
    private func left(_ tree: SampleOrder, _ place: Int) -> Int { Int(words[tree.children + place] & 0xFFFF_FFFF) }
    private func right(_ tree: SampleOrder, _ place: Int) -> Int { Int(words[tree.children + place] >> 32) }
    private func count(_ tree: SampleOrder, _ link: Int) -> Int64 { link > 0 ? words[tree.counts + link - 1] : 0 }

    /// Hangs what `link` names below `parent`, which is −1 for the root.
    private mutating func hang(_ tree: SampleOrder, _ link: Int, below parent: Int, isRight: Bool) {
        if parent < 0 {
            words[tree.root] = Int64(link)
        } else if isRight {
            words[tree.children + parent] = words[tree.children + parent] & 0xFFFF_FFFF | Int64(link) << 32
        } else {
            words[tree.children + parent] = words[tree.children + parent] & ~0xFFFF_FFFF | Int64(link)
        }
    }

    /// Takes the newest sample in, behind all that equal it.
    private mutating func insert(_ tree: SampleOrder, _ place: Int) {
        let x = reals[tree.values + place]
        let height = SampleOrder.height(place)
        var parent = -1
        var isRight = false
        var link = Int(words[tree.root])
        while link > 0, SampleOrder.height(link - 1) > height {
            parent = link - 1
            words[tree.counts + parent] += 1
            isRight = reals[tree.values + parent] <= x
            link = isRight ? right(tree, parent) : left(tree, parent)
        }
        hang(tree, place + 1, below: parent, isRight: isRight)
        words[tree.children + place] = 0
        words[tree.counts + place] = count(tree, link) + 1
        split(tree, link, at: x, below: place)
    }

    /// Parts what `link` names into what is not above `x`, left of `place`, and what is, right of it.
    private mutating func split(_ tree: SampleOrder, _ link: Int, at x: Double, below place: Int) {
        var lower: Int64 = 0
        var walk = link
        while walk > 0 {
            let isLower = reals[tree.values + walk - 1] <= x
            if isLower { lower += count(tree, left(tree, walk - 1)) + 1 }
            walk = isLower ? right(tree, walk - 1) : left(tree, walk - 1)
        }
        var upper = count(tree, link) - lower
        var (low, lowIsRight, high, highIsRight) = (place, false, place, true)
        walk = link
        while walk > 0 {
            let here = walk - 1
            if reals[tree.values + here] <= x {
                hang(tree, walk, below: low, isRight: lowIsRight)
                words[tree.counts + here] = lower
                lower -= count(tree, left(tree, here)) + 1
                (low, lowIsRight) = (here, true)
                walk = right(tree, here)
            } else {
                hang(tree, walk, below: high, isRight: highIsRight)
                words[tree.counts + here] = upper
                upper -= count(tree, right(tree, here)) + 1
                (high, highIsRight) = (here, false)
                walk = left(tree, here)
            }
        }
        hang(tree, 0, below: low, isRight: lowIsRight)
        hang(tree, 0, below: high, isRight: highIsRight)
    }

    /// Takes the oldest sample out, which is before all that equal it.
    private mutating func remove(_ tree: SampleOrder, _ place: Int) {
        let x = reals[tree.values + place]
        var parent = -1
        var isRight = false
        var link = Int(words[tree.root])
        while link > 0, link - 1 != place {
            parent = link - 1
            words[tree.counts + parent] -= 1
            isRight = reals[tree.values + parent] < x
            link = isRight ? right(tree, parent) : left(tree, parent)
        }
        guard link > 0 else { return }
        // Of both sides, of which one is wholly below the other, what is higher comes first.
        var (low, high) = (left(tree, place), right(tree, place))
        while low > 0, high > 0 {
            if SampleOrder.height(low - 1) > SampleOrder.height(high - 1) {
                hang(tree, low, below: parent, isRight: isRight)
                words[tree.counts + low - 1] += count(tree, high)
                (parent, isRight) = (low - 1, true)
                low = right(tree, low - 1)
            } else {
                hang(tree, high, below: parent, isRight: isRight)
                words[tree.counts + high - 1] += count(tree, low)
                (parent, isRight) = (high - 1, false)
                high = left(tree, high - 1)
            }
        }
        hang(tree, max(low, high), below: parent, isRight: isRight)
    }

    /// The sample with so many below it.
    private func sample(_ tree: SampleOrder, _ rank: Int) -> Double? {
        var rest = Int64(rank)
        var link = Int(words[tree.root])
        while link > 0 {
            let lower = count(tree, left(tree, link - 1))
            if rest == lower { return reals[tree.values + link - 1] }
            if rest < lower {
                link = left(tree, link - 1)
            } else {
                rest -= lower + 1
                link = right(tree, link - 1)
            }
        }
        return nil
    }
}
