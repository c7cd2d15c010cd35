#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The last cache in front of memory.
enum ProcessorCache {
  /// What is assumed where the system does not say.
  private static let usual = 8 << 20
  /// What a process can count on: caches beyond this are shared with others.
  private static let most = 32 << 20

  /// Its size in bytes.
  static let byteCount: Int = {
    let found = sizes.max() ?? 0
    return found > 0 ? min(max(found, 1 << 20), most) : usual
  }()

  private static var sizes: [Int] {
    #if canImport(Glibc)
      [Int32(_SC_LEVEL3_CACHE_SIZE), Int32(_SC_LEVEL2_CACHE_SIZE)].map { sysconf($0) }
    #elseif canImport(Darwin)
      ["hw.l3cachesize", "hw.perflevel0.l2cachesize", "hw.l2cachesize"].map { name in
        var size = 0
        var length = MemoryLayout<Int>.size
        return sysctlbyname(name, &size, &length, nil, 0) == 0 ? size : 0
      }
    #else
      []
    #endif
  }
}
