import Measurement
import Tensors
import Testing

@Suite struct LikelyClassTests {
  @Test func logitsBecomeProbabilities() {
    let scores = Tensor([Float(0), 1, 0], shape: [1, 3])
    let top = LikelyClass.top(2, of: scores, form: .logits, labels: ["a", "b", "c"])
    #expect(top.map(\.label) == ["b", "a"])
    // e / (e + 2)
    #expect(abs(top[0].probability - 0.576116884765829) < 1e-12)
  }

  @Test func probabilitiesStayAsTheyAre() {
    let scores = Tensor([Float(0.25), 0.75], shape: [1, 2])
    let top = LikelyClass.top(of: scores, form: .probabilities)
    #expect(top.map(\.index) == [1, 0])
    #expect(top.map(\.probability) == [0.75, 0.25])
  }

  @Test func logarithmsAreTakenBack() {
    let scores = Tensor([Float(-0.6931471805599453), -0.6931471805599453], shape: [1, 2])
    #expect(abs(LikelyClass.top(of: scores, form: .logProbabilities)[0].probability - 0.5) < 1e-6)
  }

  @Test func whatIsNoNumberComesLast() {
    let scores = Tensor([Float.nan, -5], shape: [1, 2])
    let top = LikelyClass.top(of: scores, form: .logits, labels: ["too", "many", "labels"])
    #expect(top.map(\.index) == [1, 0])
    #expect(top[0].label == nil)
  }
}
