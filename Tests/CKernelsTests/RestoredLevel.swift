import CKernels
import Testing

/// Gives the best kernels back after each test: the choice is the whole process's, and other suites
/// run behind this one.
struct RestoredLevel: TestTrait, SuiteTrait, TestScoping {
  let isRecursive = true

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    defer { pk_force_cpu_level("") }
    try await function()
  }
}

extension Trait where Self == RestoredLevel {
  /// Gives the best kernels back after each test.
  static var restoredLevel: Self { RestoredLevel() }
}
