import Diagnostics
import Formats
import Foundation

extension ReportDirectory {
    /// What the report of an audit has apart from `AuditReport`: `junit.xml`, and the figures in further formats.
    ///
    /// - Throws: `InputError` of kind `.cannotWrite`.
    public func complete(_ audit: Audit, _ results: Results, _ options: Options) throws {
        try write(AuditFigures.all(audit).map { FigureRecord($0.0, $0.1) }, options)
        try AtomicFile.write(Data(JUnitReport(results).text.utf8), to: url.appending(path: "junit.xml"))
    }
}
