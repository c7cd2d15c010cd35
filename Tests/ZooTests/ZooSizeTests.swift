import Graphs
import Testing
import Zoo

/// Every network's size against what others count: `Scripts/reference/zoo-costs.py`, which reads torchvision's modules
/// where torchvision has the network and the papers' tables where not, without anything of Pare.
@Suite struct ZooSizeTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let reference: String
    let parameters: Int
    let macs: Int

    init(_ reference: String, _ parameters: Int, _ macs: Int) {
      (self.reference, self.parameters, self.macs) = (reference, parameters, macs)
    }

    var testDescription: String { reference }
  }

  static let torchvision = [
    Row("squeezenet1_0", 1_248_424, 818_924_576), Row("squeezenet1_1", 1_235_496, 349_151_936),
    Row("mobilenet_v2", 3_504_872, 300_774_272), Row("mobilenet_v3_large", 5_483_032, 216_589_760),
    Row("mobilenet_v3_small", 2_542_856, 56_510_400), Row("efficientnet_b0", 5_288_548, 385_814_752),
    Row("efficientnet_b1", 7_794_184, 686_802_832), Row("efficientnet_b2", 9_109_994, 993_561_872),
    Row("efficientnet_b3", 12_233_232, 1_827_141_392), Row("efficientnet_b4", 19_341_616, 4_393_771_024),
    Row("shufflenet_v2?width=0.5", 1_366_792, 40_476_448), Row("shufflenet_v2", 2_278_604, 144_907_992),
    Row("shufflenet_v2?width=1.5", 3_503_624, 295_759_392), Row("shufflenet_v2?width=2", 7_393_996, 583_253_464),
    Row("resnet18", 11_689_512, 1_814_073_344), Row("resnet34", 21_797_672, 3_663_761_408),
    Row("resnet50", 25_557_032, 4_089_184_256), Row("resnet101", 44_549_160, 7_801_405_440),
    Row("resnet152", 60_192_808, 11_513_626_624), Row("wide_resnet50_2", 68_883_240, 11_398_021_120),
    Row("vgg11_bn", 132_868_840, 7_609_090_048), Row("vgg13_bn", 133_053_736, 11_308_466_176),
    Row("vgg16_bn", 138_365_992, 15_470_264_320), Row("vgg19_bn", 143_678_248, 19_632_062_464),
    Row("densenet121", 7_978_856, 2_834_161_664), Row("alexnet", 61_100_840, 714_188_480),
  ]

  static let imageNet = [
    Row("xception", 22_855_952, 8_357_403_496), Row("mobilenet_v1", 4_231_976, 568_740_352),
    Row("mobilenet_v1?width=0.75", 2_585_560, 325_400_448), Row("mobilenet_v1?width=0.5", 1_331_592, 149_497_088),
    Row("mobilenet_v1?width=0.25", 470_072, 41_030_272), Row("mobilenet_v2?width=0.75", 2_636_424, 209_069_792),
    Row("mobilenet_v2?width=0.5", 1_968_680, 97_131_840), Row("mobilenet_v2?width=0.35", 1_677_128, 59_285_808),
    Row("mobilenet_v2?width=1.4", 6_108_776, 582_195_824), Row("shufflenet_v1", 1_864_728, 137_460_672),
    Row("shufflenet_v1?groups=1", 1_530_936, 143_078_976), Row("shufflenet_v1?groups=2", 1_732_848, 140_836_512),
    Row("shufflenet_v1?groups=4", 1_967_344, 134_339_776), Row("shufflenet_v1?groups=8", 2_433_768, 138_365_952),
    Row("shufflenet_v1?scale=2", 5_449_776, 524_045_184), Row("shufflenet_v1?scale=0.5", 717_324, 37_589_856),
    Row("shufflenet_v1?groups=8&scale=0.5", 1_010_448, 40_469_760),
    Row("shufflenet_v1?groups=8&scale=2", 6_521_232, 521_942_016), Row("ghostnet", 5_182_508, 141_150_512),
    // Not the published 5,991,776, which counts one side of each kernel; see `AsymmNet`.
    Row("asymmnet_large", 6_076_608, 216_918_096), Row("asymmnet_small", 3_131_896, 57_674_416),
    Row("repvgg_a0", 9_108_968, 1_512_581_120), Row("repvgg_a0?deploy=true", 8_309_384, 1_361_451_008),
    Row("repvgg_a1", 14_092_264, 2_626_488_320), Row("repvgg_a1?deploy=true", 12_789_864, 2_363_967_488),
    Row("repvgg_a2", 28_210_600, 5_685_345_280), Row("repvgg_a2?deploy=true", 25_499_944, 5_116_951_552),
    Row("repvgg_b0", 15_817_960, 3_397_191_680), Row("repvgg_b0?deploy=true", 14_339_048, 3_057_600_512),
    Row("repvgg_b1", 57_415_016, 13_128_089_600), Row("repvgg_b1?deploy=true", 51_829_480, 11_815_485_440),
    Row("preact_resnet18", 11_687_720, 1_814_073_344), Row("preact_resnet34", 21_795_880, 3_663_761_408),
    Row("preact_resnet50", 25_549_352, 4_089_184_256),
  ]

  static let cifar = [
    Row("resnet8", 75_290, 12_239_488), Row("resnet8?shortcut=b", 78_042, 12_501_632),
    Row("resnet14", 172_506, 26_395_264), Row("resnet20", 269_722, 40_551_040),
    Row("resnet20?shortcut=b", 272_474, 40_813_184), Row("resnet32", 464_154, 68_862_592),
    Row("resnet44", 658_586, 97_174_144), Row("resnet56", 853_018, 125_485_696),
    Row("resnet56?shortcut=b", 855_770, 125_747_840), Row("resnet110", 1_727_962, 252_887_680),
    Row("resnet110?shortcut=b", 1_730_714, 253_149_824), Row("resnet18?form=cifar", 11_173_962, 555_422_720),
    Row("resnet50?form=cifar", 23_520_842, 1_297_829_888), Row("preact_resnet20", 272_282, 40_813_184),
    Row("preact_resnet56", 855_578, 125_747_840), Row("preact_resnet110", 1_730_522, 253_149_824),
    Row("preact_resnet164", 1_703_258, 247_646_720), Row("preact_resnet18?form=cifar", 11_172_170, 555_422_720),
    Row("wide_resnet16_2", 691_674, 101_106_944), Row("wide_resnet16_4", 2_748_890, 392_612_352),
    Row("wide_resnet40_1", 563_930, 83_280_512), Row("wide_resnet40_2", 2_243_546, 327_599_360),
    Row("wide_resnet40_2?classes=100", 2_255_156, 327_610_880),
    Row("wide_resnet28_10", 36_479_194, 5_243_328_768), Row("densenet40", 1_019_722, 264_812_928),
    Row("vgg8_bn?classes=100", 3_965_028, 96_192_512), Row("vgg16_bn?form=cifar", 14_728_266, 398_136_320),
    Row("lenet300", 266_610, 266_200), Row("lenet5", 431_080, 2_293_000),
  ]

  @Test(arguments: torchvision + imageNet + cifar)
  func parametersAndWorkAreThoseCountedElsewhere(_ row: Row) throws {
    let reference = try ZooReference(parsing: "zoo:\(row.reference)")
    let architecture = try Zoo.architecture(named: reference.name)
    let size = try architecture.size(ArchitectureOptions(reference.options, of: architecture.options))
    #expect(size.parameters == row.parameters)
    #expect(size.macs == row.macs)
  }

  /// Pare's own networks for the digits are counted by hand in `DigitsTests`.
  @Test func everyNetworkIsInTheTable() {
    let known = (Self.torchvision + Self.imageNet + Self.cifar).map { $0.reference.prefix { $0 != "?" } }
    let missing = Zoo.architectures.map(\.name).filter { !known.contains($0[...]) && !$0.hasPrefix("digits_") }
    #expect(missing == [])
  }

  @Test func sizesAreThoseOfTheWholeCostAnalysis() throws {
    let architecture = try Zoo.architecture(named: "mobilenet_v3_small")
    let options = ArchitectureOptions(defaultsOf: architecture.options)
    let size = try architecture.size(options)
    let costs = try architecture.build(options).costs()
    #expect(size.parameters == costs.parameters && size.macs == costs.macs)
    #expect(costs.nonzeroParameters > costs.parameters * 9 / 10)
  }
}
