import Datasets
import Tensors

/// The splits of a compression: training data, the tenth of it that judges choices, and the test split.
struct CompressionData {
  let training: Split
  /// Nil without labels.
  let heldOut: Split?
  /// The training split before the held-out tenth was taken from it; nil where that tenth has to be the test split too.
  let everything: Split?
  let test: Split
  let preparation: Preparation?

  init(_ dataset: Dataset, seed: UInt64) throws {
    preparation = try dataset.preparation()
    let whole = try dataset.split(.train)
    if whole.labels == nil {
      training = whole
      heldOut = nil
    } else {
      (training, heldOut) = try whole.dividing(heldOut: 0.1, seed: seed)
    }
    test = dataset.hasSeparateSplits ? try dataset.split(.test) : (heldOut ?? whole)
    everything = dataset.hasSeparateSplits ? whole : nil
  }

  /// The test split, where it has labels.
  var labelledTest: Split? { test.labels == nil ? nil : test }
}
