import Foundation

// Reads paths of ONNX and .pare files, one a line, and answers each with a line: what became of it, and why. Scripts/fuzz
// supervises it: a crash ends this process and not the run.
while let path = readLine() {
  let (outcome, detail) = FuzzedFile(URL(fileURLWithPath: path)).outcome()
  let line = detail.split(whereSeparator: \.isNewline).joined(separator: " ").replacingOccurrences(of: "\t", with: " ")
  print("\(outcome)\t\(line)")
  fflush(nil)
}
