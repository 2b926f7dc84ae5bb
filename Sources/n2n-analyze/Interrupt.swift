import Foundation
import Synchronization

/// A signal handler may touch nothing but this.
private let requested = Atomic<Bool>(false)

/// SIGINT and SIGTERM as a request to finish what is under way, save and stop. A second one ends the process at once.
enum Interrupt {
    static var isRequested: Bool { requested.load(ordering: .relaxed) }

    /// From now on the signals set `isRequested`.
    static func watch() {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in requested.store(true, ordering: .relaxed) }
        action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_RESTART
        sigaction(SIGINT, &action, nil)
        sigaction(SIGTERM, &action, nil)
        // A parent may have them blocked, and a child inherits that: sweep starts its runs from threads of Dispatch, which are.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    /// A limit on file sizes (`ulimit -f`) then is an error of the write like a full disk, and does not end the process.
    static func reportFileSizeLimit() { signal(SIGXFSZ, SIG_IGN) }
}
