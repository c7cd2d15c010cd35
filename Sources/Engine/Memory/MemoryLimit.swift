import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How much memory a program may take: what the machine has, or the process's own limit where that is lower.
///
/// Memory is asked for lazily, so that a network with an absurd extent (a damaged file, a wrong `--input`) would not
/// fail when it is compiled but have the process killed in the middle of its work.
enum MemoryLimit {
  /// The limit in bytes.
  static var byteCount: Int {
    let physical = max(sysconf(Int32(_SC_PHYS_PAGES)), 1) * max(sysconf(Int32(_SC_PAGESIZE)), 1)
    var limit = rlimit()
    #if canImport(Glibc)
      let found = getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0
    #else
      let found = getrlimit(RLIMIT_AS, &limit) == 0
    #endif
    guard found, let own = Int(exactly: limit.rlim_cur) else { return physical }
    return min(physical, own)
  }

  /// The size of a value.
  /// - Throws: `PareError.badInput` where it alone exceeds the limit.
  static func byteCount(of shape: Shape, _ dataType: DataType, _ name: String) throws -> Int {
    let limit = byteCount
    guard let count = shape.checkedCount, count * dataType.size <= limit else {
      throw PareError(
        .badInput,
        "a value of shape \(shape) does not fit into this machine's memory; choose smaller inputs or batches",
        context: ["value": name])
    }
    return count * dataType.size
  }

  /// Checks what a program needs in all.
  /// - Throws: `PareError.badInput` where it exceeds the limit.
  static func check(_ needed: Int, batch: Int) throws {
    let limit = byteCount
    guard needed <= limit else {
      throw PareError(
        .badInput,
        "a batch of \(batch) needs \(needed >> 20) MiB of memory, and there are \(limit >> 20); choose smaller inputs or batches"
      )
    }
  }
}
