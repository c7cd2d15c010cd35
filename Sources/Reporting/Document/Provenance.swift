extension ReportDocument {
  /// The program that wrote a report.
  public struct Tool: Codable, Sendable, Equatable {
    /// `pare`.
    public var name: String
    /// Its version.
    public var version: String

    /// A program and its version.
    public init(name: String = "pare", version: String) {
      self.name = name
      self.version = version
    }
  }

  /// The machine that ran, as far as speed depends on it.
  public struct Machine: Codable, Sendable, Equatable {
    /// The processor's name.
    public var cpu: String
    /// Logical cores.
    public var cores: Int
    /// Operating system and version.
    public var os: String
    /// Main memory in bytes.
    public var memoryBytes: Int?
    /// Version of oneDNN.
    public var onednnVersion: String?
    /// Version of the Swift compiler.
    public var swift: String?

    /// A machine.
    public init(
      cpu: String, cores: Int, os: String, memoryBytes: Int? = nil, onednnVersion: String? = nil, swift: String? = nil
    ) {
      self.cpu = cpu
      self.cores = cores
      self.os = os
      self.memoryBytes = memoryBytes
      self.onednnVersion = onednnVersion
      self.swift = swift
    }

    enum CodingKeys: String, CodingKey {
      case cpu, cores, os, swift
      case memoryBytes = "memory_bytes"
      case onednnVersion = "onednn_version"
    }
  }

  /// A file that was read or written.
  public struct FileRecord: Codable, Sendable, Equatable {
    /// The path, or the `zoo:` name of a network that is built in.
    public var path: String
    /// SHA-256 of the content, in hexadecimal.
    public var sha256: String?
    /// Bytes on disk.
    public var bytes: Int?
    /// What it is: `model`, `packed`, `report`, `recipe`, `log`, ...
    public var kind: String?

    /// A file.
    public init(path: String, sha256: String? = nil, bytes: Int? = nil, kind: String? = nil) {
      self.path = path
      self.sha256 = sha256
      self.bytes = bytes
      self.kind = kind
    }
  }

  /// The data of a run.
  public struct DataRecord: Codable, Sendable, Equatable {
    /// `KIND:PATH` as the command line takes it.
    public var spec: String
    /// A hash that changes when the data does.
    public var fingerprint: String?
    /// Samples that trained or calibrated.
    public var trainCount: Int?
    /// Samples of the held-out tenth of the training data, on which choices were judged.
    public var heldOutCount: Int?
    /// Samples of the test split.
    public var testCount: Int?
    /// Names of the classes, in the order of the network's outputs; empty without labels.
    public var classes: [String]
    /// Mean per channel on pixels in [0, 1], subtracted before the network.
    public var mean: [Double]?
    /// Standard deviation per channel on pixels in [0, 1], divided by before the network.
    public var std: [Double]?

    /// Data by its specification; counts and preparation are set afterwards.
    public init(
      spec: String, fingerprint: String? = nil, trainCount: Int? = nil, heldOutCount: Int? = nil,
      testCount: Int? = nil, classes: [String] = []
    ) {
      self.spec = spec
      self.fingerprint = fingerprint
      self.trainCount = trainCount
      self.heldOutCount = heldOutCount
      self.testCount = testCount
      self.classes = classes
    }

    enum CodingKeys: String, CodingKey {
      case spec, fingerprint, classes, mean, std
      case trainCount = "train_count"
      case heldOutCount = "held_out_count"
      case testCount = "test_count"
    }
  }

  /// What a network takes and gives.
  public struct Signature: Codable, Sendable, Equatable {
    /// A named tensor.
    public struct Value: Codable, Sendable, Equatable {
      /// The name in the file.
      public var name: String
      /// Dimensions at batch 1, NCHW for images.
      public var shape: [Int]

      /// A named tensor.
      public init(name: String, shape: [Int]) {
        self.name = name
        self.shape = shape
      }
    }

    /// Inputs in the file's order.
    public var inputs: [Value]
    /// Outputs in the file's order.
    public var outputs: [Value]

    /// Inputs and outputs.
    public init(inputs: [Value], outputs: [Value]) {
      self.inputs = inputs
      self.outputs = outputs
    }
  }
}
