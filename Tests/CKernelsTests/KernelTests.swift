import Testing

/// Every kernel at every level of the processor, against the same thing written plainly. Serialized: the level is the
/// process's.
@Suite(.serialized, .restoredLevel)
struct KernelTests {}
