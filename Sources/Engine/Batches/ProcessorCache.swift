#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The processor's caches.
enum ProcessorCache {
  /// What is assumed of the last one where the system does not say.
  private static let usual = 8 << 20
  /// What is assumed of the second-level one, and the most that is believed: some are shared by several cores.
  private static let usualSecond = 512 << 10
  private static let mostSecond = 2 << 20
  /// What a process can count on: caches beyond this are shared with others.
  private static let most = 32 << 20

  /// The size in bytes of the last one in front of memory.
  static let byteCount: Int = {
    let found = sizes.max() ?? 0
    return found > 0 ? min(max(found, 1 << 20), most) : usual
  }()

  /// The size in bytes of a core's second-level cache.
  static let secondLevel: Int = {
    let found = secondLevelSizes.max() ?? 0
    return found > 0 ? min(max(found, 256 << 10), mostSecond) : usualSecond
  }()

  #if canImport(Glibc)
    private static var sizes: [Int] { [sysconf(Int32(_SC_LEVEL3_CACHE_SIZE))] + secondLevelSizes }
    private static var secondLevelSizes: [Int] { [sysconf(Int32(_SC_LEVEL2_CACHE_SIZE))] }
  #elseif canImport(Darwin)
    private static var sizes: [Int] { [size("hw.l3cachesize")] + secondLevelSizes }
    private static var secondLevelSizes: [Int] { ["hw.perflevel0.l2cachesize", "hw.l2cachesize"].map(size) }

    private static func size(_ name: String) -> Int {
      var size = 0
      var length = MemoryLayout<Int>.size
      return sysctlbyname(name, &size, &length, nil, 0) == 0 ? size : 0
    }
  #else
    private static var sizes: [Int] { [] }
    private static var secondLevelSizes: [Int] { [] }
  #endif
}
