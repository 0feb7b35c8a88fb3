namespace Engram.Report;

/// <summary>The style sheet of the page. It holds neither &lt; nor &amp;, so the page stays well-formed XML.</summary>
internal static class ReportStyle
{
    /// <summary>Colors, light and dark by the reader's preference.</summary>
    public const string Colors = """

        :root { color-scheme: light dark; --page: #ffffff; --text: #1b1f24; --soft: #57606a; --edge: #d0d7de; --panel: #f6f8fa; --link: #0b5cad;
          --c0: #0067a8; --c1: #b84a00; --c2: #00754f; --c3: #8a3a94; --c4: #7a5c00; --c5: #b3123b; --c6: #50565e; --c7: #006b7d; }
        @media (prefers-color-scheme: dark) {
          :root { --page: #14171b; --text: #e6e9ed; --soft: #a9b2bc; --edge: #3a424b; --panel: #1d2127; --link: #7cc0ff;
            --c0: #5db7f0; --c1: #ff9a57; --c2: #45cfa0; --c3: #d494e0; --c4: #d9bd4a; --c5: #ff8aa5; --c6: #b8bec6; --c7: #53cfe0; } }

        """;

    /// <summary>Text, lines and marks of figures.</summary>
    public const string Figures = """

        svg text { fill: var(--text); font-size: 13px; font-family: inherit; }
        svg.dense text { font-size: 12px; }
        svg .axis { fill: var(--soft); }
        svg .point { font-size: 12px; }
        svg .halo { paint-order: stroke; stroke: var(--page); stroke-width: 3px; stroke-linejoin: round; }
        .grid { stroke: var(--edge); stroke-width: 1; }
        .frame { stroke: var(--soft); stroke-width: 1; }
        .cell { stroke: var(--page); stroke-width: 1; }
        .roof { stroke: var(--text); stroke-width: 1.5; }
        .line { fill: none; stroke: var(--c); stroke-width: 2; }
        .whisker { stroke: var(--c); stroke-width: 1; stroke-opacity: .7; }
        .band { fill: var(--c); fill-opacity: .16; stroke: none; }
        .mark { fill: var(--c); stroke: var(--page); stroke-width: 1; }
        .bar { fill: var(--c); }
        .ring { fill: none; stroke: var(--text); stroke-width: 2; }
        .s0 { --c: var(--c0); } .s1 { --c: var(--c1); } .s2 { --c: var(--c2); } .s3 { --c: var(--c3); }
        .s4 { --c: var(--c4); } .s5 { --c: var(--c5); } .s6 { --c: var(--c6); } .s7 { --c: var(--c7); }

        """;

    /// <summary>All rules of a page.</summary>
    public const string Css = Colors + Figures + """

        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
        main { max-width: 1200px; margin: 0 auto; padding: 16px; }
        h1, h2, h3, p, li, caption, figcaption, summary { overflow-wrap: anywhere; }
        th, td { overflow-wrap: break-word; max-width: 22em; }
        h1 { font-size: 1.7rem; line-height: 1.25; margin: 8px 0 12px; }
        h2 { font-size: 1.4rem; line-height: 1.3; margin: 40px 0 8px; padding-top: 16px; border-top: 2px solid var(--edge); }
        h3 { font-size: 1.1rem; margin: 32px 0 4px; }
        p { margin: 4px 0 12px; max-width: 80ch; }
        a { color: var(--link); }
        .machine, caption, small, figcaption { color: var(--soft); }
        .machine, .notes { font-size: .875rem; }
        .notes { padding-left: 1.2em; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
        caption { text-align: left; padding: 4px 0; }
        th, td { padding: 5px 10px; border-bottom: 1px solid var(--edge); text-align: right; vertical-align: top; }
        th:first-child, td:first-child { text-align: left; padding-left: 2px; }
        thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
        tbody th { font-weight: 500; min-width: 8em; }
        td span { white-space: nowrap; }
        th.short { white-space: nowrap; }
        td small { display: block; }
        .strong { font-weight: 700; }
        .strong small { font-weight: 400; }
        figure { margin: 0; min-width: 0; }
        figcaption { font-size: .875rem; font-weight: 600; margin-bottom: 4px; }
        .beside { display: grid; gap: 20px 32px; grid-template-columns: minmax(0, 1fr); align-items: start; }
        .beside .scroll { min-width: 0; }
        .tiles { display: grid; gap: 16px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 250px), 1fr)); }
        .beside th, .beside td { padding: 5px 7px; }
        .maps { display: grid; gap: 24px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 330px), 1fr)); }
        .maps.wide { grid-template-columns: repeat(auto-fill, minmax(min(100%, 560px), 1fr)); }
        svg.plot { display: block; width: 100%; height: auto; max-width: 620px; }
        svg.map { max-width: 420px; }
        svg.dense { max-width: none; min-width: 560px; }
        .legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 8px 0 0; padding: 0; font-size: .875rem; }
        svg.key { margin-right: 6px; vertical-align: -1px; }
        .images { margin-bottom: 16px; }
        .images td { white-space: nowrap; text-align: left; }
        .images th { text-align: left; min-width: 0; }
        .images img { width: 44px; height: auto; image-rendering: pixelated; margin-right: 2px; vertical-align: top; }
        details { margin: 24px 0; }
        summary { cursor: pointer; color: var(--link); }
        pre { background: var(--panel); padding: 12px; overflow-x: auto; font-size: .8rem; }
        @media (min-width: 1000px) { .beside { grid-template-columns: minmax(0, 520px) minmax(0, 1fr); } .beside.stacked { grid-template-columns: minmax(0, 1fr); } .beside.even { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); } }
        @media (max-width: 640px) {
          table.cards, .cards tbody, .cards tr, .cards th, .cards td, .cards caption { display: block; width: 100%; max-width: none; }
          .cards thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
          .cards tr { border: 1px solid var(--edge); border-radius: 6px; margin: 0 0 10px; padding: 6px 10px; background: var(--panel); }
          .cards th, .cards td { border: 0; padding: 2px 0; text-align: left; }
          .cards th { overflow-wrap: anywhere; }
          .cards tbody th { font-weight: 700; padding-bottom: 4px; }
          .cards td { display: flex; justify-content: space-between; gap: 12px; }
          .cards td::before { content: attr(data-label); color: var(--soft); font-weight: 400; }
          .cards td span { text-align: right; white-space: normal; }
          .cards td small { display: inline; margin-left: 6px; }
          svg.plot:not(.map) text { font-size: 15px; }
          svg.plot:not(.map) .point { font-size: 14px; }
          th, td, .beside th, .beside td { padding: 4px 6px; }
          tbody th { min-width: 0; }
        }
        @media print { section > details:last-child { display: none; } }

        """;
}
