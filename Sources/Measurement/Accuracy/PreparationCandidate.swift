import Datasets

/// A preparation that networks commonly expect.
struct PreparationCandidate {
  let name: String
  let preparation: Preparation

  /// The usual normalisations, as they stand and with red and blue exchanged.
  static func all(for base: Preparation) -> [PreparationCandidate] {
    let orders: [Preparation.ChannelOrder] =
      switch base.channelOrder {
      case .grey: [.grey]
      case .rgb: [.rgb, .bgr]
      case .bgr: [.bgr, .rgb]
      }
    return orders.flatMap { order in
      normalizations(channels: base.channels).map { name, scale, mean, std in
        var preparation = base
        preparation.channelOrder = order
        (preparation.scale, preparation.mean, preparation.std) = (scale, mean, std)
        let channels = order == base.channelOrder ? "" : " and channels in \(order.rawValue.uppercased()) order"
        return PreparationCandidate(name: name + channels, preparation: preparation)
      }
    }
  }

  private static func normalizations(
    channels: Int
  ) -> [(name: String, scale: Float, mean: [Float]?, std: [Float]?)] {
    let halves = Array(repeating: Float(0.5), count: channels)
    var result: [(name: String, scale: Float, mean: [Float]?, std: [Float]?)] = [
      ("pixels in 0 ... 1", 1, nil, nil),
      ("mean and std 0.5 (pixels in -1 ... 1)", 1, halves, halves),
      ("pixels in 0 ... 255", 255, nil, nil),
    ]
    if channels == 3 {
      result.append(("ImageNet's mean and std", 1, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
      result.append(("CIFAR-10's mean and std", 1, [0.4914, 0.4822, 0.4465], [0.2470, 0.2435, 0.2616]))
    } else {
      result.append(("MNIST's mean and std", 1, [0.1307], [0.3081]))
    }
    return result
  }
}

/// A guess at which output belongs to which class of the data.
struct ClassOrder {
  let name: String
  /// The output for each label; -1 where there is none.
  let outputs: [Int]

  /// The order of the data, the numeric order of class names that are numbers, and the order of the network's own labels.
  static func candidates(data: [String]?, network: [String]?) -> [ClassOrder] {
    guard let data else { return [] }
    var result = [ClassOrder(name: "classes as they are", outputs: Array(data.indices))]
    let numbers = data.compactMap { Int($0) }
    if numbers.count == data.count {
      let sorted = numbers.sorted()
      let outputs = numbers.map { number in sorted.firstIndex(of: number) ?? -1 }
      if outputs != Array(data.indices) {
        result.append(ClassOrder(name: "classes in numeric order", outputs: outputs))
      }
    }
    if let network {
      let places = Dictionary(network.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
      let outputs = data.map { places[$0] ?? -1 }
      if outputs != Array(data.indices), outputs.contains(where: { $0 >= 0 }) {
        result.append(ClassOrder(name: "classes matched to the network's labels by name", outputs: outputs))
      }
    }
    return result
  }
}
