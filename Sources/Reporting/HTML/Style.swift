/// The style of the page: two families of type that every system has, one accent, no boxes; light and dark.
enum Style {
  static let css = """
    :root {
      --paper: #fcfbf8; --ink: #1f1e1b; --quiet: #6a675f; --rule: #dedad0; --grid: #ebe8df; --wash: #f3f1ea;
      --after: #1d6069; --before: #b5ae9e; --worse: #a8432b; --care: #8f6614; --zone: #e6efee;
      --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "URW Palladio L", "Source Serif 4", Georgia,
        "Liberation Serif", serif;
      --sans: -apple-system, BlinkMacSystemFont, "Segoe UI", "Inter", "Helvetica Neue", Arial, "Liberation Sans",
        sans-serif;
      --mono: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #171716; --ink: #e9e6de; --quiet: #a09c92; --rule: #3a3935; --grid: #2a2926; --wash: #201f1d;
        --after: #6fb9c0; --before: #6c685e; --worse: #e08a70; --care: #d5a94f; --zone: #1d2a2b;
      }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
    body {
      margin: 0 auto; padding: 0 2rem 4rem; max-width: 73rem; background: var(--paper); color: var(--ink);
      font: 1.0625rem/1.55 var(--serif); font-feature-settings: "kern", "liga"; overflow-wrap: break-word;
    }
    a { color: inherit; text-decoration-color: var(--before); text-underline-offset: .2em; }
    a:hover { text-decoration-color: var(--after); }
    p { max-width: 42rem; margin: 0 0 1rem; }
    h1, h2, h3, h4 { font-weight: 400; line-height: 1.2; text-wrap: balance; }

    header { padding: 4.5rem 0 2.5rem; }
    .kind { font: 500 .8125rem/1 var(--sans); color: var(--after); margin: 0 0 1.1rem; }
    h1 { font-size: clamp(2.1rem, 5vw, 3.4rem); letter-spacing: -.015em; margin: 0 0 .8rem; }
    .about { font: .875rem/1.5 var(--sans); color: var(--quiet); max-width: none; margin: 0; }
    nav ol { list-style: none; display: flex; flex-wrap: wrap; gap: .3rem 1.6rem; margin: 1.6rem 0 0; padding: 0;
      font: .875rem/1.5 var(--sans); }

    .chapter { display: grid; grid-template-columns: 11rem minmax(0, 1fr); gap: 0 2.2rem;
      border-top: 1px solid var(--ink); padding: 1.1rem 0 4rem; }
    h2 { font-size: 1.3125rem; margin: 0; position: sticky; top: 1.1rem; align-self: start; }
    h2 span { display: block; font: .8125rem/1.6 var(--sans); color: var(--quiet); margin-bottom: .2rem; }
    h3 { font-size: 1.1875rem; margin: 2.8rem 0 .7rem; }
    h4 { font: 600 .8125rem/1.3 var(--sans); margin: 0 0 .6rem; }
    .body > :first-child, .stage > :first-child { margin-top: 0; }

    .verdict { font-size: clamp(2rem, 4.6vw, 3rem); line-height: 1.1; letter-spacing: -.015em; margin: 0 0 1rem; }
    .verdict.yes { color: var(--after); } .verdict.care { color: var(--care); } .verdict.no { color: var(--worse); }
    .reasons, .remarks { max-width: 42rem; margin: 0 0 2.2rem; padding: 0; list-style: none; }
    .reasons li, .remarks li { padding: .15rem 0 .15rem 1.4rem; text-indent: -1.4rem; }
    .reasons li::before, .remarks li::before { content: "–"; display: inline-block; width: 1.4rem; text-indent: 0;
      color: var(--quiet); }

    .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 2rem 2.2rem;
      margin: 0 0 2.6rem; }
    .label, .from, .ratio { font: .8125rem/1.45 var(--sans); }
    .label, .from { color: var(--quiet); }
    .ratio { font-variant-numeric: tabular-nums; } .ratio span { white-space: nowrap; }
    .value { font-size: 2.6rem; line-height: 1.15; letter-spacing: -.02em; white-space: nowrap;
      font-variant-numeric: lining-nums; margin: .1rem 0 .3rem; }
    .unit { font-size: 1.3rem; letter-spacing: 0; color: var(--quiet); }
    .figure svg { display: block; margin-bottom: .5rem; }

    table { border-collapse: collapse; width: 100%; font: .875rem/1.45 var(--sans);
      font-variant-numeric: tabular-nums lining-nums; }
    caption { text-align: left; font: .8125rem/1.45 var(--sans); color: var(--quiet); padding: 0 0 .5rem; }
    th, td { text-align: left; font-weight: 400; padding: .36rem 1.1rem .36rem 0; vertical-align: top;
      border-bottom: 1px solid var(--rule); }
    th:last-child, td:last-child { padding-right: 0; }
    thead th { color: var(--quiet); border-bottom-color: var(--ink); white-space: nowrap; vertical-align: bottom; }
    .n { text-align: right; white-space: nowrap; }
    .strong > * { font-weight: 600; border-bottom-color: var(--ink); }
    .note { display: block; font-weight: 400; color: var(--quiet); font-size: .8125rem; white-space: normal; }
    td.n .note { white-space: nowrap; }
    .number { display: inline-block; min-width: 1.35em; height: 1.35em; line-height: 1.35em; border-radius: .7em;
      text-align: center; font: 600 .75rem/1.35em var(--sans); color: var(--paper); background: var(--quiet);
      margin-right: .6rem; vertical-align: .12em; }
    .strong .number { background: var(--after); }
    .step { display: flex; min-width: 12rem; } .step > .number { flex: none; margin-top: .12em; }
    .good { color: var(--after); white-space: nowrap; } .bad { color: var(--worse); white-space: nowrap; }
    .quiet { color: var(--quiet); }
    .scroll { overflow-x: auto; }
    .scroll:focus-visible, pre:focus-visible, a:focus-visible, summary:focus-visible, button:focus-visible {
      outline: 2px solid var(--after); outline-offset: 3px; }
    th button { all: unset; cursor: pointer; }
    th button:hover { color: var(--ink); text-decoration: underline; text-underline-offset: .2em; }
    th[aria-sort] { color: var(--ink); }
    th[aria-sort=ascending] button::after { content: " ↑"; } th[aria-sort=descending] button::after { content: " ↓"; }

    .bars { margin-bottom: 1.6rem; }
    .bars th, .bars td { border: 0; padding: .12rem 1rem .12rem 0; vertical-align: middle; }
    .bars thead th, .bars thead td { padding-bottom: .4rem; }
    .bars tbody th { width: 1%; white-space: nowrap; max-width: 16rem; overflow: hidden; text-overflow: ellipsis; }
    .bars .n { width: 1%; } .bars td.n:last-child, .bars th.n:last-child { padding-right: 0; }
    .draw { min-width: 5rem; } .draw svg { display: block; overflow: visible; }
    svg { font-family: var(--sans); }
    rect.after { fill: var(--after); } rect.before { fill: var(--before); } rect.worse { fill: var(--worse); }
    .track { fill: var(--grid); } .zero { fill: var(--quiet); } .zone { fill: var(--zone); }
    .key { display: inline-block; width: .7em; height: .7em; margin-right: .4em; background: var(--before); }
    .key.after { background: var(--after); } .key.worse { background: var(--worse); }
    .key.care { background: var(--care); }
    .legend { display: inline-block; margin-right: 1em; }

    figure { margin: 0; }
    .charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(16rem, 100%), 1fr)); gap: 1.8rem 2rem;
      margin: 1.8rem 0 1.2rem; }
    .chart.wide { margin-bottom: 1rem; } .chart.wide h3 { margin-top: 0; }
    .charts .chart { max-width: 26rem; }
    figcaption { font: .8125rem/1.5 var(--sans); color: var(--quiet); margin-top: .5rem; max-width: 42rem; }
    .plot { display: block; width: 100%; height: auto; overflow: visible; }
    .tick { font-size: 12.5px; fill: var(--quiet); font-variant-numeric: tabular-nums; }
    .interval .tick { font-size: 12px; }
    .grid { stroke: var(--grid); } .axis { stroke: var(--before); } .none { stroke: var(--ink); }
    .limit { stroke: var(--worse); stroke-dasharray: 3 3; } .limit-text { fill: var(--worse); }
    .whisker { stroke: var(--after); stroke-width: 2; } circle.after { fill: var(--after); }
    .line, .path { fill: none; stroke: var(--after); stroke-width: 1.8; stroke-linejoin: round; }
    .path { stroke: var(--before); stroke-width: 1.4; }
    .line.before { stroke: var(--quiet); } .line.worse { stroke: var(--worse); } .line.care { stroke: var(--care); }
    .line.faint { stroke: var(--before); stroke-width: 1; opacity: .65; }
    .dot { fill: var(--after); } .dot.worse { fill: var(--worse); } .dot.care { fill: var(--care); }
    .mark rect { fill: var(--quiet); stroke: var(--paper); stroke-width: 1.5; }
    .mark.after rect { fill: var(--after); }
    .mark text { font-size: 10.5px; font-weight: 600; fill: var(--paper); }

    .stage { margin-top: 2.8rem; } .stage h3 { margin: 0 0 .9rem; }
    details { margin: 1.2rem 0; }
    summary { font: .875rem/1.5 var(--sans); color: var(--after); cursor: pointer; padding: .2rem 0; }
    details > :not(summary) { margin-top: .8rem; }
    pre { background: var(--wash); padding: .9rem 1.1rem; margin: 0 0 1rem; overflow-x: auto; user-select: all; tab-size: 2;
      font: .8125rem/1.6 var(--mono); }
    code { font: .92em var(--mono); } pre code { font: inherit; }
    .hash { font-size: .75rem; overflow-wrap: anywhere; white-space: normal; color: var(--quiet); }
    .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(16rem, 42%), 1fr)); gap: .9rem 2rem;
      font: .875rem/1.45 var(--sans); margin: 0 0 1.2rem; }
    dt { color: var(--quiet); font-size: .8125rem; } dd { margin: 0; overflow-wrap: anywhere; }
    .nothing { color: var(--quiet); font-style: italic; }
    footer { border-top: 1px solid var(--ink); padding-top: 1rem; font: .8125rem/1.5 var(--sans); color: var(--quiet); }

    @media (max-width: 52rem) {
      body { padding: 0 1.15rem 3rem; font-size: 1rem; }
      header { padding: 2.5rem 0 1.8rem; }
      nav ol { display: block; } nav li { padding: .15rem 0; }
      .chapter { display: block; padding-bottom: 2.8rem; }
      h2 { position: static; margin-bottom: 1.4rem; }
      .figures { grid-template-columns: repeat(auto-fit, minmax(9.2rem, 1fr)); gap: 1.6rem 1.4rem; }
      .value { font-size: 2rem; } .unit { font-size: 1.05rem; }
      .bars tbody th { max-width: 8.5rem; }
      th, td { padding-right: .8rem; } .tick { font-size: 10.5px; }
    }
    @media print {
      :root { --paper: #fff; --ink: #000; --quiet: #555; --rule: #ccc; --grid: #e6e6e6; --wash: #f6f6f6;
        --after: #1d6069; --before: #b5ae9e; --worse: #a8432b; --care: #8f6614; --zone: #e6efee; }
      body { max-width: none; padding: 0; font-size: 10pt; print-color-adjust: exact; }
      header { padding-top: 0; } nav { display: none; } h2 { position: static; }
      .chapter { grid-template-columns: 8rem minmax(0, 1fr); gap: 0 1.5rem; }
      pre { white-space: pre-wrap; } .scroll { overflow: visible; }
      tr, figure, .figure, pre { break-inside: avoid; } h2, h3, h4, caption { break-after: avoid; }
    }
    """
}
