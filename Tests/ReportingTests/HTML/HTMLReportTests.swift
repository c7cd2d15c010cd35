import Foundation
import Testing

@testable import Reporting

struct HTMLReportTests {
  private let page = HTMLReport(SampleDocument.full).render()

  /// Elements that have no end tag.
  private static let void: Set = ["meta", "rect", "line", "circle", "polyline"]

  @Test(arguments: SampleDocument.allCases)
  func everySectionIsThereInOrder(sample: SampleDocument) {
    let page = HTMLReport(sample.document).render()
    let places = HTMLReport.sections.map { page.range(of: "<section id=\"\($0.identifier)\"")?.lowerBound }
    #expect(!places.contains(nil))
    #expect(places.compactMap(\.self) == places.compactMap(\.self).sorted())
    for section in HTMLReport.sections { #expect(page.contains(section.question)) }
  }

  @Test func pageFetchesNothing() {
    for reference in ["http://", "https://", "<script src", "<link", "@import", "url(", "src=", "<iframe"] {
      #expect(!page.contains(reference), "\(reference)")
    }
  }

  @Test(arguments: SampleDocument.allCases)
  func tagsAreBalanced(sample: SampleDocument) {
    let page = HTMLReport(sample.document).render()
      .replacing(/<style>(?s:.)*?<\/style>|<script>(?s:.)*?<\/script>/, with: "")
    var open: [Substring] = []
    for tag in page.matches(of: /<(\/?)([a-z][a-z0-9]*)([^>]*)>/) {
      let name = tag.2
      if Self.void.contains(String(name)) { continue }
      if tag.1.isEmpty {
        open.append(name)
      } else {
        #expect(open.popLast() == name)
      }
    }
    #expect(open.isEmpty)
  }

  @Test func textOfADocumentCannotBecomeMarkup() {
    let evil = "</script><script>alert(\"x\")</script>"
    var document = SampleDocument.full
    document.tool.name = evil
    document.input?.path = evil
    document.command = [evil]
    document.settings = evil
    document.teacher = evil
    document.notes = [evil]
    document.warnings = [evil]
    document.verdict = .init(ship: .no, reasons: [evil])
    document.targets[0].kind = evil
    document.fidelity[0].output = evil
    document.stages[0].title = evil
    document.stages[0].note = evil
    document.stages[0].details = [.init(evil, evil)]
    document.stages[0].sensitivity[0].layer = evil
    document.stages[3].quantizedLayers[0].name = evil
    document.classes[0].name = evil
    document.confusionChanges[0].actual = evil
    document.layers[0].name = evil
    document.outputs[0].path = evil
    document.signature?.inputs[0].name = evil
    let page = HTMLReport(document).render()
    #expect(!page.contains("<script>alert"))
    #expect(page.matches(of: /<script/).count == 1)
    #expect(page.contains("&lt;script&gt;alert(&quot;x&quot;)"))
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity, 0, -1, 1e300])
  func noFigureBecomesNaNOnThePage(value: Double) {
    var document = SampleDocument.full
    document.seconds = value
    document.before.top1 = value
    document.before.heldOutTop1 = value
    document.before.latencyMs = value
    document.after.latencyMs = value
    document.after.loss = value
    document.drop = .init(value: value, low: value, high: value)
    document.guards = .init(maxDrop: value, minTop1: value)
    document.targets[0] = .init(kind: "size", asked: value, reached: value, met: false, absolute: true)
    document.fidelity[0].snrDb = value
    document.stages[0].top1 = value
    document.stages[1].epochs[0].trainLoss = value
    document.stages[1].epochs[1].top1 = value
    document.stages[0].sensitivity[0].points[0] = .init(removed: value, top1: value)
    document.classes[0].difference = value
    document.layers[0].msBefore = value
    document.data?.mean = [value, value, value]
    let page = HTMLReport(document).render()
      .replacing(/<style>(?s:.)*?<\/style>|<script>(?s:.)*?<\/script>/, with: "")
    #expect(page.firstMatch(of: /[^a-zA-Z](nan|inf|NaN|Infinity)[^a-zA-Z]/) == nil)
  }

  @Test func figuresAndWordsOfTheVerdictAreThere() {
    for text in ["Yes, ship it.", "92.54", "15.3 % of original", "2.6× faster", "−0.95 to −0.21", "Undone: no gain"] {
      #expect(page.contains(text), "\(text)")
    }
  }

  @Test func pageWithoutLabelsSpeaksOfNoAccuracy() {
    let page = HTMLReport(SampleDocument.withoutLabels).render()
    #expect(!page.contains("Top-1 accuracy") && page.contains("Without labels nothing can be said about classes."))
    #expect(page.contains("Yes, but with care."))
  }

  @Test func pageOfAThousandClassesDrawsOnlySome() {
    var document = SampleDocument.full
    document.classes = (0..<1000).map {
      .init(name: "class \($0)", count: 50, before: 0.7, after: 0.7 + Double($0 % 41 - 20) / 200)
    }
    let section = ClassesSection.body(of: document).markup
    #expect(section.matches(of: /class="draw"/).count == 24)
    #expect(section.contains("All 1000 classes in figures"))
  }

  @Test func snippetsNameFileInputAndPreparation() {
    let python = RunSnippets.python(for: SampleDocument.full)
    #expect(python.contains("ort.InferenceSession(\"out/resnet 56/model.onnx\")"))
    #expect(python.contains("[0.4914, 0.4822, 0.4465]") && python.contains("{\"input\": x.transpose(2, 0, 1)[None]}"))
    let swift = RunSnippets.swift(for: SampleDocument.full)
    #expect(swift.contains("out/resnet 56/model.pare") && swift.contains("count: 3072"))
  }

  @Test func aFileThatONNXRuntimeDoesNotReadIsConvertedFirst() {
    var document = SampleDocument.full
    document.outputs.removeAll { $0.path.hasSuffix(".onnx") }
    document.output = "out/net.pare"
    let python = RunSnippets.python(for: document)
    #expect(python.hasPrefix("# pare convert out/net.pare -o out/net.onnx\nimport numpy"))
    #expect(python.contains("ort.InferenceSession(\"out/net.onnx\")"))
  }
}
