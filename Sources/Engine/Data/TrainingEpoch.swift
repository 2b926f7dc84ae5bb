import Tensors

/// The batches of one epoch: random crops of every training image, equally many of each, in random order.
///
/// An element is a pair of tensors `[N, crop, crop, C]`, cut from the same place and augmented alike in both domains. Each
/// batch can be made on its own, by its index: a run that resumes within an epoch replays nothing. The last batch is
/// shorter when the crops do not divide evenly.
///
/// Fresh noise is drawn for whole images, once an epoch (draw = epoch + 1): two crops of one image that overlap show the
/// same noise where they do, as they would with a recorded image.
public struct TrainingEpoch: RandomAccessCollection, Sendable {
    private let observations: [DomainPair<Tensor>]
    private let slots: [Slot]
    private let augmentation: DataConfiguration.Augmentation
    private let seed: UInt64
    private let epoch: Int
    private let batchSize: Int
    private let cropSize: Int

    /// One crop to be: an image of the training set, and the number of the crop's own random stream.
    private struct Slot {
        let image: Int
        let stream: Int
    }

    init(_ dataset: PairedDataset, index epoch: Int, batchSize: Int, cropSize: Int) throws {
        precondition(
            epoch >= 0 && batchSize > 0 && cropSize > 0,
            "TrainingEpoch: epoch \(epoch), batch size \(batchSize), crop size \(cropSize)")
        let training = dataset.training
        let pixels = training.map { $0.size.height * $0.size.width }.reduce(0, +)
        let crops = dataset.cropsPerImage ?? Swift.max(1, pixels / (training.count * cropSize * cropSize))
        var stream = RandomStream(seed: dataset.seed, purpose: .sampling, draw: epoch)
        slots = (0..<training.count * crops).map { Slot(image: $0 / crops, stream: $0) }.shuffled(using: &stream)
        let draw = dataset.realisation == .stored ? 0 : epoch + 1
        observations = try Parallel.map(training.count) { dataset.observation(of: training[$0], draw: draw) }
        augmentation = dataset.augmentation
        seed = dataset.seed
        self.epoch = epoch
        self.batchSize = batchSize
        self.cropSize = cropSize
    }

    /// 0.
    public var startIndex: Int { 0 }
    /// The number of batches.
    public var endIndex: Int { (slots.count + batchSize - 1) / batchSize }

    /// The indices, in the training set, of the images that batch `index` shows.
    public func images(inBatch index: Int) -> [Int] { batch(index).map(\.image) }

    /// Batch `index`: `[N, crop, crop, C]` of each domain.
    public subscript(index: Int) -> DomainPair<Tensor> {
        let batch = batch(index)
        let crops = batch.map { slot in
            var stream = RandomStream(seed: seed, purpose: .augmentation, image: slot.stream, draw: epoch)
            return Crop(of: observations[slot.image].a.shape, size: cropSize, augmentation, from: &stream)
        }
        return DomainPair { domain in
            let images = batch.map { observations[$0.image][domain] }
            let length = cropSize * cropSize * images[0].shape[2]
            return Tensor([batch.count, cropSize, cropSize, images[0].shape[2]]) { out in
                for (position, (crop, image)) in zip(crops, images).enumerated() {
                    crop.copy(
                        image,
                        to: UnsafeMutableBufferPointer(rebasing: out[position * length..<(position + 1) * length]))
                }
            }
        }
    }

    private func batch(_ index: Int) -> ArraySlice<Slot> {
        precondition(indices.contains(index), "TrainingEpoch: batch \(index) of \(count)")
        return slots[index * batchSize..<Swift.min(slots.count, (index + 1) * batchSize)]
    }
}
