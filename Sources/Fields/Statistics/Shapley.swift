/// Shapley values of a game on few players, exactly: over all 2ⁿ sets (Shapley, "A value for n-person games", 1953).
///
///     φᵢ = Σ over S without i of |S|!(n-|S|-1)!/n! · (v(S ∪ i) - v(S))
///
/// The only attribution that is linear in v, gives alike players alike, a player that never matters nothing, and adds up:
/// Σφ = v(all) - v(none).
public enum Shapley {
    /// The value of each player.
    ///
    /// - Parameter game: v of every set, at the index whose bits name its players; 2ⁿ values.
    /// - Precondition: a power of two of them, at most 2²⁰.
    public static func values(_ game: [Double]) -> [Double] {
        let n = playerCount(game.count)
        return (0..<n).map { player in zip(weights(of: player, among: n), game).reduce(0) { $0 + $1.0 * $1.1 } }
    }

    /// φᵢ as a linear function of v: one weight for each of the 2ⁿ sets.
    ///
    /// - Precondition: `player` is one of 1 to 20 players.
    public static func weights(of player: Int, among players: Int) -> [Double] {
        precondition(
            (1...20).contains(players) && (0..<players).contains(player), "Shapley: player \(player) of \(players)")
        // share[s] = s!(n-s-1)!/n!: 1/n, and each from the one before.
        var share = [1 / Double(players)]
        for size in 1..<max(1, players) { share.append(share[size - 1] * Double(size) / Double(players - size)) }
        return (0..<1 << players).map { set in
            let size = set.nonzeroBitCount
            return set >> player & 1 == 1 ? share[size - 1] : -share[size]
        }
    }

    private static func playerCount(_ sets: Int) -> Int {
        let n = sets.trailingZeroBitCount
        precondition(sets > 1 && sets == 1 << n, "Shapley: \(sets) values are not those of all sets of players")
        return n
    }
}
