import Reporting

/// Reports of made-up but plausible runs.
enum SampleDocument: CaseIterable {
  case everything, noLabels

  var document: ReportDocument {
    switch self {
    case .everything: Self.full
    case .noLabels: Self.withoutLabels
    }
  }

  /// A compression of a ResNet-56 on CIFAR-10, with every part of a report filled in.
  static var full: ReportDocument {
    var document = ReportDocument(
      tool: .init(version: "0.1.0"),
      command: [
        "pare", "compress", "resnet56.onnx", "--data", "imagefolder:/data/cifar10", "--target",
        "size=0.2,latency=0.5,macs=0.55", "--max-drop", "0.01", "-o", "out/resnet 56",
      ],
      created: "2026-11-21T09:42:07Z", seed: 7, threads: 2, before: before, after: after)
    document.seconds = 2731
    document.machine = .init(
      cpu: "AMD EPYC 9R45", cores: 2, os: "Debian GNU/Linux 12", memoryBytes: 8_160_000_000, onednnVersion: "2.6.3",
      swift: "6.3.1")
    document.input = .init(
      path: "models/resnet56.onnx", sha256: String(repeating: "9f86d081884c7d65", count: 4), bytes: 3_447_213,
      kind: "model")
    document.teacher = "models/resnet56.onnx"
    document.data = data
    document.signature = .init(
      inputs: [.init(name: "input", shape: [1, 3, 32, 32])], outputs: [.init(name: "logits", shape: [1, 10])])
    document.settings = """
      targets: {size: 0.2, latency: 0.5, macs: 0.55}
      max_drop: 0.01
      stages:
        - prune: {criterion: taylor, granularity: channel, macs: 0.55}
        - finetune: {epochs: 24, learning_rate: 0.02, distill: logits}
        - quantize: {calibration: percentile, per_channel: true}
      """
    document.targets = [
      .init(kind: "size", asked: 0.2, reached: 0.1527, met: true),
      .init(kind: "latency", asked: 0.5, reached: 0.386, met: true),
      .init(kind: "macs", asked: 0.55, reached: 0.545, met: true),
    ]
    document.guards = .init(maxDrop: 0.01)
    document.drop = .init(value: 0.0058, low: 0.0021, high: 0.0095)
    document.fidelity = [.init(output: "logits", argmaxAgreement: 0.9531, cosine: 0.98714, snrDb: 15.9)]
    document.verdict = document.judged()
    document.stages = stages
    document.classes = classes
    document.confusionChanges = [
      .init(actual: "cat", predicted: "dog", before: 74, after: 91),
      .init(actual: "dog", predicted: "cat", before: 68, after: 79),
      .init(actual: "bird", predicted: "deer", before: 21, after: 27),
      .init(actual: "truck", predicted: "automobile", before: 30, after: 25),
    ]
    document.layers = layers
    document.output = "out/resnet 56/model.onnx"
    document.outputs = [
      .init(
        path: "out/resnet 56/model.onnx", sha256: String(repeating: "2c26b46b68ffc68f", count: 4), bytes: 526_388,
        kind: "model"),
      .init(
        path: "out/resnet 56/model.pare", sha256: String(repeating: "fcde2b2edba56bf4", count: 4), bytes: 391_702,
        kind: "packed"),
    ]
    document.notes = ["The images are JPEG: figures differ from those of the original CIFAR-10."]
    return document
  }

  /// A run on photographs without labels: one step, no accuracy, no classes.
  static var withoutLabels: ReportDocument {
    var document = ReportDocument(
      tool: .init(version: "0.1.0"), command: ["pare", "quantize", "detector.onnx"], created: "2026-11-21T10:00:00Z",
      threads: 2)
    document.before.parameters = 3_010_000
    document.before.fileBytes = 12_100_000
    document.before.latencyMs = 18.4
    document.after.parameters = 3_010_000
    document.after.fileBytes = 3_180_000
    document.after.latencyMs = 9.2
    document.fidelity = [.init(output: "boxes", cosine: 0.9991, snrDb: 27.4), .init(output: "scores", snrDb: 24.1)]
    return document
  }

  private static var before: ReportDocument.Measures {
    var measures = ReportDocument.Measures()
    measures.top1 = 0.9312
    measures.top5 = 0.9977
    measures.loss = 0.2817
    measures.heldOutTop1 = 0.9354
    measures.parameters = 855_770
    measures.macs = 125_747_840
    measures.fileBytes = 3_447_213
    measures.weightBytes = 3_423_080
    measures.peakActivationBytes = 196_608
    measures.latencyMs = 0.782
    measures.latency = .init(mean: 0.791, p50: 0.782, p90: 0.823, p99: 0.941, min: 0.768)
    measures.imagesPerSecond = 1905
    return measures
  }

  private static var after: ReportDocument.Measures {
    var measures = ReportDocument.Measures()
    measures.top1 = 0.9254
    measures.top5 = 0.9974
    measures.loss = 0.3051
    measures.heldOutTop1 = 0.9302
    measures.parameters = 471_034
    measures.macs = 68_531_200
    measures.fileBytes = 526_388
    measures.pareFileBytes = 391_702
    measures.weightBytes = 478_212
    measures.peakActivationBytes = 65_536
    measures.latencyMs = 0.302
    measures.latency = .init(mean: 0.309, p50: 0.302, p90: 0.331, p99: 0.402, min: 0.294)
    measures.imagesPerSecond = 5320
    return measures
  }

  private static var data: ReportDocument.DataRecord {
    var data = ReportDocument.DataRecord(
      spec: "imagefolder:/data/cifar10", fingerprint: "5f2b51ca01f8e9a4", trainCount: 45_000, heldOutCount: 5_000,
      testCount: 10_000, classes: classes.map(\.name))
    data.mean = [0.4914, 0.4822, 0.4465]
    data.std = [0.2470, 0.2435, 0.2616]
    return data
  }

  private static var classes: [ReportDocument.ClassChange] {
    [
      .init(name: "airplane", count: 1000, before: 0.944, after: 0.938),
      .init(name: "automobile", count: 1000, before: 0.967, after: 0.970),
      .init(name: "bird", count: 1000, before: 0.908, after: 0.897),
      .init(name: "cat", count: 1000, before: 0.851, after: 0.831),
      .init(name: "deer", count: 1000, before: 0.942, after: 0.939),
      .init(name: "dog", count: 1000, before: 0.889, after: 0.875),
      .init(name: "frog", count: 1000, before: 0.957, after: 0.952),
      .init(name: "horse", count: 1000, before: 0.951, after: 0.951),
      .init(name: "ship", count: 1000, before: 0.961, after: 0.954),
      .init(name: "truck", count: 1000, before: 0.942, after: 0.947),
    ]
  }

  /// The names of the 55 convolutions and their channels.
  private static var convolutions: [(name: String, channels: Int, kept: Int)] {
    [("stem.conv", 16, 16)]
      + (0..<54).map { index in
        let (block, half) = (index / 2 % 9, index % 2)
        let channels = 16 << (index / 18)
        let kept = half == 1 ? channels : channels - (channels * ((block * 5 + index / 18 * 3) % 9) / 11) / 2 * 2
        return ("layer\(index / 18 + 1).\(block).conv\(half + 1)", channels, kept)
      }
  }

  private static var layers: [ReportDocument.LayerChange] {
    convolutions.enumerated().map { index, one in
      var layer = ReportDocument.LayerChange(name: one.name, op: "Conv")
      let size = 32 >> max(0, (index - 1) / 18)
      layer.outputShape = [1, one.kept, size, size]
      layer.parameters = 9 * one.channels * one.kept
      layer.macs = 9 * one.channels * one.kept * size * size
      layer.msBefore = 0.0115 + 0.0012 * Double((index * 7) % 5)
      layer.msAfter = 0.0031 + 0.006 * Double(one.kept) / Double(one.channels) * (0.6 + 0.1 * Double(index % 4))
      layer.channelsBefore = one.channels
      layer.channelsAfter = one.kept
      return layer
    }
  }

  private static var stages: [ReportDocument.Stage] {
    var prune = ReportDocument.Stage(name: "prune", title: "Prune channels by Taylor score", seconds: 118)
    (prune.top1, prune.parameters, prune.macs) = (0.8871, 471_034, 68_531_200)
    (prune.fileBytes, prune.latencyMs, prune.helpedOnClock) = (1_908_126, 0.571, true)
    prune.details = [
      .init("Criterion", "taylor"), .init("Calibration", "512 images"), .init("Rounded to", "2 channels"),
    ]
    prune.prunedLayers = convolutions.map { .init(name: $0.name, original: $0.channels, kept: $0.kept) }
    prune.sensitivity = convolutions.enumerated().filter { $0.0 % 4 == 0 }.map { index, one in
      .init(
        layer: one.name,
        points: (0...8).map { step in
          let removed = Double(step) / 10
          return .init(removed: removed, top1: 0.9354 - removed * removed * (0.05 + 0.9 / Double(2 + index)))
        })
    }
    var tune = ReportDocument.Stage(name: "finetune", title: "Fine-tune, distilling from the original", seconds: 2240)
    (tune.top1, tune.parameters, tune.macs) = (0.9316, 471_034, 68_531_200)
    (tune.fileBytes, tune.latencyMs) = (1_908_126, 0.571)
    tune.epochs = (1...24).map { epoch in
      let wobble = Double((epoch * 37) % 11) / 11
      return .init(
        epoch: epoch, trainLoss: 0.12 + 0.55 / Double(epoch + 1) + 0.02 * wobble,
        top1: 0.9322 - 0.031 / Double(epoch) - 0.003 * wobble * (epoch > 16 ? 0.3 : 1), seconds: 93.2,
        imagesPerSecond: 1120)
    }
    var fold = ReportDocument.Stage(name: "factorize", title: "Factorize the last layer", seconds: 12)
    (fold.top1, fold.parameters, fold.macs) = (0.9316, 471_034, 68_531_200)
    (fold.fileBytes, fold.latencyMs, fold.helpedOnClock) = (1_908_126, 0.574, false)
    fold.note = "Undone: no gain at this size."
    var int8 = ReportDocument.Stage(name: "quantize", title: "Quantize to int8", seconds: 41)
    (int8.top1, int8.parameters, int8.macs) = (0.9302, 471_034, 68_531_200)
    (int8.fileBytes, int8.latencyMs, int8.helpedOnClock) = (526_388, 0.302, true)
    int8.details = [.init("Calibration", "percentile 99.99, 512 images"), .init("Weights", "int8, per output channel")]
    int8.quantizedLayers = convolutions.enumerated().map { index, one in
      .init(
        name: one.name, format: "int8", minimum: index % 2 == 0 ? 0 : -1.7, maximum: 2.1 + 0.1 * Double(index % 9),
        snrDb: 28 + Double(index % 13))
    }
    return [prune, tune, fold, int8]
  }
}
