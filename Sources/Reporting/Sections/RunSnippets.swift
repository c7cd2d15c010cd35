import Foundation

/// Programs of a few lines that run the written file, filled in with its name, input and preparation.
enum RunSnippets {
  /// Python with ONNX Runtime, which reads no `.pare` file: such a one is converted first.
  static func python(for document: ReportDocument) -> String {
    let written = path(of: document, packed: false)
    guard written.hasSuffix(".pare") else { return python(for: document, running: written) }
    let converted = String(written.dropLast("pare".count)) + "onnx"
    let command = ShellText.command(["pare", "convert", written, "-o", converted], width: .max)
    return "# \(command)\n" + python(for: document, running: converted)
  }

  private static func python(for document: ReportDocument, running path: String) -> String {
    let file = literal(path)
    let input = document.signature?.inputs.first
    guard let shape = input?.shape, shape.count == 4, shape[1] == 1 || shape[1] == 3 else {
      return """
        import numpy as np, onnxruntime as ort

        session = ort.InferenceSession(\(file))
        x = np.load("input.npy").astype(np.float32)
        outputs = session.run(None, {session.get_inputs()[0].name: x})
        """
    }
    let mode = shape[1] == 1 ? "L" : "RGB"
    let axes = shape[1] == 1 ? "x[None, None]" : "x.transpose(2, 0, 1)[None]"
    var lines = [
      "import numpy as np, onnxruntime as ort",
      "from PIL import Image, ImageOps",
      "",
      "session = ort.InferenceSession(\(file))",
      "image = ImageOps.fit(Image.open(\"image.jpg\").convert(\"\(mode)\"), (\(shape[3]), \(shape[2])))",
      "x = np.asarray(image, np.float32) / 255",
    ]
    if let mean = document.data?.mean, let std = document.data?.std, mean.count == std.count, !mean.isEmpty {
      lines.append("x = (x - np.float32(\(list(mean)))) / np.float32(\(list(std)))")
    }
    lines += [
      "scores, = session.run(\(outputNames(document)), {\(literal(input?.name ?? "input")): \(axes)})",
      "print(scores[0].argmax())",
    ]
    return lines.joined(separator: "\n")
  }

  /// Swift with PareRuntime.
  static func swift(for document: ReportDocument) -> String {
    let inputs = document.signature?.inputs ?? []
    let outputs = document.signature?.outputs ?? []
    let opening = """
      import Foundation
      import PareRuntime

      let network = try Network(contentsOf: URL(fileURLWithPath: \(literal(path(of: document, packed: true)))))
      let session = try network.makeSession(batch: 1, threads: \(document.threads))
      """
    if inputs.count > 1 || outputs.count > 1 {
      let tensors = inputs.map { "\(literal($0.name)): Tensor(zeros: \($0.shape))" }.joined(separator: ", ")
      return opening + "\nlet results = try session.run([\(tensors)])  // your inputs"
    }
    func count(_ value: ReportDocument.Signature.Value?, _ unknown: String) -> String {
      value.map { String($0.shape.reduce(1, *)) } ?? unknown
    }
    return opening + """

      let pixels = [Float](repeating: 0, count: \(count(inputs.first, "inputCount")))  // your input
      var scores = [Float](repeating: 0, count: \(count(outputs.first, "outputCount")))
      try session.run(pixels, into: &scores)
      """
  }

  /// The written model: the packed one for Swift where there is one, else the ONNX file.
  private static func path(of document: ReportDocument, packed: Bool) -> String {
    let written = document.outputs.map(\.path)
    let wanted = packed ? written.first { $0.hasSuffix(".pare") } : nil
    return wanted ?? written.first { $0.hasSuffix(".onnx") } ?? document.output ?? "model.onnx"
  }

  private static func outputNames(_ document: ReportDocument) -> String {
    document.signature?.outputs.first.map { "[\(literal($0.name))]" } ?? "None"
  }

  /// A text as a literal that Python and Swift both read.
  private static func literal(_ text: String) -> String {
    "\"" + text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"") + "\""
  }

  private static func list(_ values: [Double]) -> String {
    "[" + values.map { String(format: "%.4g", $0) }.joined(separator: ", ") + "]"
  }
}
