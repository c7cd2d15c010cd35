// swift-tools-version: 6.1
import Foundation
import PackageDescription

// A oneDNN elsewhere than in the system's folders (for instance oneDNN 3 beside Debian's 2.6): its prefix.
// Only then are unsafe flags used, so that the package stays usable as a versioned dependency.
let oneDNNPrefix = ProcessInfo.processInfo.environment["ONEDNN_PREFIX"]
let oneDNNInclude: [CSetting] = oneDNNPrefix.map { [.unsafeFlags(["-I\($0)/include"])] } ?? []
let oneDNNLink: [LinkerSetting] =
  (oneDNNPrefix.map { [.unsafeFlags(["-L\($0)/lib", "-Xlinker", "-rpath", "-Xlinker", "\($0)/lib"])] } ?? [])
  + [.linkedLibrary("dnnl")]

let strict: [SwiftSetting] = [.swiftLanguageMode(.v6)]

func module(
  _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [], resources: [Resource]? = nil
) -> Target {
  .target(name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
  .testTarget(
    name: "\(name)Tests",
    dependencies: [.byName(name: name), "TestSupport"] + dependencies,
    resources: resources,
    swiftSettings: strict)
}

let package = Package(
  name: "Pare",
  platforms: [.macOS(.v14)],
  products: [
    .library(name: "Pare", targets: ["Pare"]),
    .library(name: "PareRuntime", targets: ["PareRuntime"]),
    .executable(name: "pare", targets: ["PareCommand"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // 0: C
    .target(name: "COneDNN", cSettings: oneDNNInclude, linkerSettings: oneDNNLink),
    .target(name: "CKernels", linkerSettings: [.linkedLibrary("gomp", .when(platforms: [.linux]))]),
    .target(name: "CImages", linkerSettings: [.linkedLibrary("jpeg"), .linkedLibrary("png16")]),
    // 1
    module("Tensors"),
    // 2
    module("Graphs", ["Tensors", .product(name: "OrderedCollections", package: "swift-collections")]),
    // 3
    module("Engine", ["Graphs", "COneDNN", "CKernels"]),
    module(
      "ONNXFormat", ["Graphs", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["Protobuf/README.md"]),
    module("PareFormat", ["Graphs", "ONNXFormat"]),
    module("Datasets", ["Tensors", "CImages"], resources: [.copy("Resources")]),
    // 4
    module(
      "Training",
      ["Measurement", "Engine", "Datasets", "ONNXFormat", "CKernels", .product(name: "Logging", package: "swift-log")]),
    module("Measurement", ["Engine", "Datasets", "ONNXFormat"]),
    module("Zoo", ["Graphs", "Datasets"]),
    // 5
    module("Pruning", ["Training", "Measurement"]),
    module("Distillation", ["Training", "Measurement"]),
    module("Quantization", ["Training", "Measurement"]),
    module("Factorization", ["Graphs"]),
    // 6
    module("Reporting", []),
    module(
      "Recipes",
      [
        "Pruning", "Distillation", "Quantization", "Factorization", "Zoo", "Reporting", "PareFormat",
        .product(name: "Yams", package: "Yams"),
      ]),
    // 7
    module(
      "Pare",
      [
        "PareRuntime", "Datasets", "Training", "Measurement", "Zoo", "Pruning", "Distillation", "Quantization",
        "Factorization", "Reporting", "Recipes",
      ]),
    module("PareRuntime", ["Tensors", "Graphs", "Engine", "ONNXFormat", "PareFormat"]),
    // 8
    .executableTarget(
      name: "PareCommand",
      dependencies: ["Pare", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      swiftSettings: strict),
    // Tests
    .target(
      name: "TestSupport", dependencies: ["Graphs", "Datasets"], path: "Tests/TestSupport", swiftSettings: strict),
    .executableTarget(
      name: "FuzzDriver", dependencies: ["PareRuntime"], path: "Tests/FuzzDriver", swiftSettings: strict),
    .testTarget(name: "COneDNNTests", dependencies: ["COneDNN"], swiftSettings: strict),
    .testTarget(name: "CKernelsTests", dependencies: ["CKernels"], swiftSettings: strict),
    tests("Tensors"),
    tests("Graphs", resources: [.copy("Fixtures")]),
    tests("Engine", ["ONNXFormat", "COneDNN"]),
    tests("ONNXFormat"),
    tests("PareFormat", ["Zoo", "Engine"]),
    tests("Datasets", resources: [.copy("Fixtures")]),
    tests("Training"),
    tests("Measurement", ["Zoo"]),
    tests("Zoo", ["Measurement", "Engine"]),
    tests("Pruning", ["Zoo"]),
    tests("Distillation", ["Zoo"]),
    tests("Quantization", ["Zoo"]),
    tests("Factorization", ["Zoo"]),
    tests("Reporting"),
    tests("Recipes", ["Zoo"]),
    tests("PareCommand"),
    tests("PareRuntime"),
  ]
)
