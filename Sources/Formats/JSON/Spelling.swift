/// Help for misspelt names.
package enum Spelling {
    /// The candidate with the least edit distance from `word`; `nil` when none is near (more than a third of the letters
    /// differ). Among equals the first in order.
    package static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        let nearest = Set(candidates).sorted().map { (distance: distance(word, $0), name: $0) }
            .min { $0.distance < $1.distance }
        guard let nearest, nearest.distance <= max(1, max(word.count, nearest.name.count) / 3) else { return nil }
        return nearest.name
    }

    /// The Levenshtein distance: the least number of insertions, deletions and replacements between two words.
    static func distance(_ a: String, _ b: String) -> Int {
        let b = Array(b)
        var row = Array(0...b.count)
        for (i, character) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let replaced = diagonal + (character == b[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, diagonal + 1, row[j] + 1)
            }
        }
        return row[b.count]
    }
}
