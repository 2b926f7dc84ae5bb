import ArgumentParser
import Diagnostics
import Engine
import Formats
import Foundation
import Reports

/// Tests models on one evaluation set and writes the report: what `leak-test`, `compare` and `demo` share.
struct LeakTesting {
    let title: String
    let command: String
    let printsJSON: Bool
    /// Directory of the report.
    let out: String
    /// Seed of probes, swaps and bootstraps.
    let seed: UInt64
    /// Whether the provenance holds the date and the number of threads.
    var stamp = false
    /// The side of a pixel, for the noise power spectrum.
    var pixel: PixelSize?
    /// How figures are written.
    var figures = ReportDirectory.Options()
    /// The arm that others are compared with; the first unless named.
    var reference: String?
    /// What a demonstration is to show, and the models that must leak for it.
    var expectation: (text: String, leaking: Set<String>)?

    /// Tests all models and the controls, writes the report, prints the verdict table.
    ///
    /// - Parameter kept: checkpoints of the first model's run whose history is followed.
    /// - Throws: `InputError`, among them one for models that cannot be compared.
    func perform(
        _ models: [ModelUnderTest], on evaluation: EvaluationSet, kept: [(epoch: Int, file: URL)] = []
    ) throws -> Results {
        let directory = try ReportDirectory(out)
        let comparison = Comparison(evaluation, seed: seed)
        var findings = try models.map { model in
            let bar = ProgressBar("testing \(model.name)")
            let start = Date()
            let found = try comparison.test(model, isAlone: models.count == 1) { done, total in
                bar.show(done, of: total)
            }
            Terminal.note("\(model.name): tested in \(Duration(Date().timeIntervalSince(start)))")
            return found
        }
        if !kept.isEmpty {
            let bar = ProgressBar("following \(models[0].name)")
            let history = try comparison.history(kept) { bar.show($0, of: $1) }
            findings[0].subject.checks += history.rows
            findings[0].subject.series.merge(history.series) { first, _ in first }
        }
        for (index, model) in models.enumerated() {
            findings[index].subject.readsTarget = model.predictor.readsTarget
            findings[index].subject.training = model.training
            if let predictor = model.predictor as? NetworkPredictor {
                findings[index].subject.training?.latentLife = LatentUse.life(of: predictor, on: evaluation)
            }
        }
        let subjects = findings.map(\.subject)
        let controls = try Controls(seed: seed, margin: comparison.margin).run(on: evaluation)
        let results = Results(
            verdict: Verdict(subjects, controls: controls),
            scope: subjects.map(\.scope).min() ?? .none,
            findings: Finding.merged(findings.map(\.findings), controls: controls),
            provenance: try provenance(models, evaluation), subjects: subjects, controls: controls,
            comparison: try comparison.compare(models, findings, reference: reference),
            data: DataSummary(evaluation, margin: comparison.margin),
            expectation: expectation.map { Results.Expectation($0.text, leaking: $0.leaking, in: subjects) })
        let distance = models.first?.configuration?.loss ?? .l1
        try directory.write(
            results, title: title, galleries: findings.map(\.gallery), margin: comparison.margin,
            lossName: "cross-domain loss (\(distance.rawValue)), both directions (data range \(evaluation.dataRange))",
            pixel: pixel, figures)
        if printsJSON {
            print(String(decoding: try results.json(), as: UTF8.self), terminator: "")
        } else {
            print(Summary.text(VerdictRow.rows(results), color: Terminal.usesColor), terminator: "")
        }
        Terminal.note("verdict \(results.verdict.rawValue); report: \(directory.url.relativePath)/report.md")
        return results
    }

    private func provenance(_ models: [ModelUnderTest], _ evaluation: EvaluationSet) throws -> Provenance {
        let configurations = try models.compactMap { try $0.configuration?.encoded(compact: true) }
        var provenance = Provenance.current(
            command: command, seed: seed, stamp: stamp, dataSHA256: evaluation.sha256)
        provenance.configSHA256 = configurations.isEmpty ? nil : SHA256.hex(of: Data(configurations.joined()))
        provenance.checkpointSHA256 = Dictionary(models.map { ($0.name, $0.sha256) }) { first, _ in first }
        return provenance
    }
}

extension TrainedModel {
    /// The checkpoints of single epochs that this model's run kept, by epoch.
    ///
    /// - Throws: `InputError` where there are none.
    func keptCheckpoints() throws -> [(epoch: Int, file: URL)] {
        let run = file.deletingLastPathComponent().deletingLastPathComponent()
        let kept = RunDirectory.keptCheckpoints(in: run)
        guard !kept.isEmpty else {
            throw InputError(
                file: run.path, problem: "holds no checkpoints/epoch-NNNN.safetensors to follow",
                remedy: "a run directory trained with logging.checkpoint_interval is expected")
        }
        return kept
    }

    /// The pairs this model is tested on: those held out of its training, or all of `data`.
    ///
    /// - Throws: `InputError` for a checkpoint that does not say what it was trained on, without `data`.
    func evaluation(data: String?) throws -> EvaluationSet {
        guard var configuration = checkpoint.configuration else {
            throw InputError(
                file: file.path, problem: "does not say what data it was trained on and with which noise",
                remedy: "a checkpoint written by train is expected")
        }
        guard let data else {
            let dataset = try PairedDataset.load(configuration.data, seed: configuration.seed)
            guard !dataset.heldOut.isEmpty else {
                throw InputError(
                    file: file.path, problem: "its training held nothing out", remedy: "name other images with --data")
            }
            return EvaluationSet(dataset, name: configuration.data.source)
        }
        configuration.data.source = data
        configuration.data.heldOut = .fraction(0)
        let dataset = try PairedDataset.load(configuration.data, seed: configuration.seed)
        return EvaluationSet(dataset, name: data, unseen: true)
    }
}
