import Foundation
import Synchronization

/// What the commands say while they work, all of it on standard error, so that standard output holds results only.
enum Terminal {
    /// How much is said.
    enum Verbosity: Int, Sendable { case quiet, normal, verbose }

    private static let verbosity = Mutex(Verbosity.normal)
    private static let hasProgressLine = Mutex(false)

    /// A progress bar is redrawn in place only where a person watches.
    static let isInteractive = isatty(STDERR_FILENO) == 1
    /// Colour only on a terminal, and not under `NO_COLOR` (https://no-color.org).
    static let usesColor = isInteractive && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty

    static func set(_ level: Verbosity) { verbosity.withLock { $0 = level } }

    /// A line for everyone, unless `--quiet`.
    static func note(_ text: String) { if verbosity.withLock({ $0 != .quiet }) { write(text) } }
    /// A line for `--verbose`.
    static func detail(_ text: String) { if verbosity.withLock({ $0 == .verbose }) { write(text) } }
    /// A line that is always printed.
    static func error(_ text: String) { write("Error: \(text)") }

    /// Redraws the progress line; without a terminal nothing is printed.
    static func progress(_ text: @autoclosure () -> String) {
        guard isInteractive, verbosity.withLock({ $0 != .quiet }) else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[2K\(text())".utf8))
        hasProgressLine.withLock { $0 = true }
    }

    private static func write(_ text: String) {
        let clear = hasProgressLine.withLock { line in
            defer { line = false }
            return line ? "\r\u{1B}[2K" : ""
        }
        FileHandle.standardError.write(Data((clear + text + "\n").utf8))
    }
}

/// A bar with share done, rate and time left.
struct ProgressBar: Sendable {
    let title: String
    private let start = Date()

    init(_ title: String) { self.title = title }

    func show(_ done: Int, of total: Int, _ extra: String = "") {
        Terminal.progress(line(done, total, extra))
    }

    private func line(_ done: Int, _ total: Int, _ extra: String) -> String {
        let share = total > 0 ? Double(done) / Double(total) : 1
        let filled = Int(share * 24)
        let bar = String(repeating: "█", count: filled) + String(repeating: "·", count: 24 - filled)
        let elapsed = Date().timeIntervalSince(start)
        let left = done > 0 ? elapsed / Double(done) * Double(total - done) : 0
        let rate = elapsed > 0 ? Double(done) / elapsed : 0
        return "\(title) \(bar) \(done)/\(total)  \(String(format: "%.1f", rate))/s  \(Duration(left)) left  \(extra)"
    }
}

/// Seconds as a person reads them: 42 s, 3 min 05 s.
struct Duration: CustomStringConvertible {
    let seconds: Double
    init(_ seconds: Double) { self.seconds = seconds }

    var description: String {
        let whole = Int(seconds.rounded())
        return whole < 60 ? "\(whole) s" : "\(whole / 60) min \(String(format: "%02d", whole % 60)) s"
    }
}
