import ArgumentParser
import Pare

/// `pare zoo`: the networks that can be built by name.
struct ZooCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "zoo",
    abstract: "Lists the networks that Pare can build by name.",
    discussion: """
      Wherever a command takes a MODEL, zoo:NAME builds one of these with fresh weights; options follow a question \
      mark.

        pare zoo
        pare zoo resnet20
        pare train 'zoo:resnet20?width=0.5' --data imagefolder:cifar10 --epochs 30 -o small.onnx
      """)

  @Argument(help: "A network to explain; all are listed where it is left out.")
  var name: String?

  @OptionGroup
  var options: GlobalOptions

  func run() throws {
    let console = options.console
    let found = try name.map { [try Zoo.architecture(named: $0)] } ?? Zoo.architectures
    let listing = ZooListing(networks: try found.map(ZooListing.Entry.init))
    if name == nil {
      console.print(listing.table())
      console.print("\nzoo:NAME?option=value builds one; pare zoo NAME lists its options.")
    } else {
      for entry in listing.networks {
        console.print("\(entry.name): \(entry.summary)")
        if let paper = entry.paper { console.print(paper) }
        console.print()
        console.print(entry.optionsTable())
      }
    }
    try console.printJSON(listing)
  }
}
