// SPDX-License-Identifier: MIT

/// The page's style sheet.
///
/// Colours are variables, so that dark mode and print are a few lines each.
package let reportStyle = """
    :root {
      --bg: #f7f7f5; --card: #fff; --ink: #1c2024; --soft: #667079; --rule: #e3e4e1; --grid: #ececea;
      --a: #2f5fd0; --b: #c77a12; --pos: #14805e; --neg: #c43d3d; --sun: #e0930f;
      --wrong: #fdecec; --caution: #fdf4e1; --note: #eef2fb;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --bg: #111417; --card: #1a1e22; --ink: #e6e8ea; --soft: #97a1aa; --rule: #2b3137; --grid: #242a2f;
        --a: #7aa2ff; --b: #e5a64b; --pos: #3fbf92; --neg: #f07474; --sun: #f0b03f;
        --wrong: #3a1f22; --caution: #332a17; --note: #1d2535;
      }
    }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--bg); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto,
      "Helvetica Neue", Arial, sans-serif; font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%; }
    main { max-width: 1120px; margin: 0 auto; padding: 28px 20px 40px; }
    header { display: flex; gap: 14px; align-items: center; margin-bottom: 20px; }
    header h1 { margin: 0; font-size: 25px; line-height: 1.2; letter-spacing: -.01em; overflow-wrap: anywhere; }
    header p { margin: 3px 0 0; color: var(--soft); font-size: 14px; }
    .sun { width: 38px; flex: none; fill: var(--sun); stroke: var(--sun); stroke-width: 2; stroke-linecap: round; }
    section { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 18px 20px; margin: 0 0 16px; }
    h2 { margin: 0 0 12px; font-size: 17px; } h3 { margin: 14px 0 2px; font-size: 15px; }
    .note, footer { color: var(--soft); font-size: 13px; margin: 10px 0 0; } footer { text-align: center; margin-top: 22px; }
    .pos { color: var(--pos); } .neg { color: var(--neg); }
    .warnings { list-style: none; margin: 0; padding: 0; display: grid; gap: 8px; }
    .warnings li { padding: 9px 12px; border-radius: 7px; border-left: 4px solid var(--a); background: var(--note); font-size: 14px; }
    .warnings strong { display: block; }
    .warnings .level-caution { background: var(--caution); border-color: var(--sun); }
    .warnings .level-wrong { background: var(--wrong); border-color: var(--neg); }
    .facts { display: flex; flex-wrap: wrap; gap: 10px 30px; margin: 0; }
    .facts dt { color: var(--soft); font-size: 12.5px; } .facts dd { margin: 0; font-weight: 600; }
    .cards { display: grid; grid-template-columns: repeat(5, 1fr); gap: 18px 14px; }
    .card span { display: block; color: var(--soft); font-size: 13px; }
    .card b { font-size: 21px; letter-spacing: -.01em; font-weight: 650; white-space: nowrap; }
    .card small, .stat small { color: var(--soft); font-weight: 400; } .card small { display: block; font-size: 12px; }
    .stats { columns: 3 270px; column-gap: 34px; margin: 14px 0 0; }
    .stat { display: flex; justify-content: space-between; gap: 12px; padding: 4px 0; border-bottom: 1px solid var(--grid);
      font-size: 13.5px; break-inside: avoid; cursor: help; }
    .stat dt { color: var(--soft); } .stat dd { margin: 0; text-align: right; font-weight: 550; }
    [tabindex]:focus-visible { outline: 2px solid var(--a); outline-offset: 2px; border-radius: 3px; }
    figure { margin: 0 0 18px; } figcaption { font-size: 13px; color: var(--soft); margin-bottom: 10px; }
    .key { margin-left: 12px; color: var(--ink); white-space: nowrap; }
    .key::before { content: ""; display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 5px; background: currentColor; }
    .key.a::before, .dot.a, .whisker.a { background: var(--a); } .key.b::before, .dot.b, .whisker.b { background: var(--b); }
    .plot { position: relative; margin: 0 8px 26px 58px; touch-action: pan-y; }
    .plot svg { display: block; width: 100%; height: 100%; overflow: visible; }
    .plot path { fill: none; vector-effect: non-scaling-stroke; }
    .grid { stroke: var(--grid); } .zero { stroke: var(--soft); stroke-opacity: .6; }
    .line { stroke-width: 1.6; stroke-linejoin: round; }
    .line.a { stroke: var(--a); } .line.b { stroke: var(--b); } .line.neg { stroke: var(--neg); }
    .plot path.fill { stroke: none; fill-opacity: .13; }
    .plot path.fill.a, .bar.a { fill: var(--a); } .plot path.fill.b, .bar.b { fill: var(--b); }
    .plot path.fill.neg, .bar.neg { fill: var(--neg); } .bar.pos { fill: var(--pos); }
    .hit { fill: transparent; } .hit:hover { fill: var(--soft); fill-opacity: .12; }
    .y { position: absolute; right: 100%; margin-right: 8px; transform: translateY(50%); font-size: 12px; line-height: 1; color: var(--soft); white-space: nowrap; }
    .xs span { position: absolute; top: 100%; margin-top: 7px; transform: translateX(-50%); font-size: 12px; line-height: 1; color: var(--soft); white-space: nowrap; }
    .cross { position: absolute; top: 0; bottom: 0; width: 1px; background: var(--soft); pointer-events: none; }
    .dot { position: absolute; width: 11px; height: 11px; border-radius: 50%; transform: translate(-50%, 50%); border: 2px solid var(--card); cursor: help; }
    .whisker { position: absolute; width: 2px; transform: translateX(-50%); opacity: .75; }
    .whisker::before, .whisker::after { content: ""; position: absolute; left: -4px; width: 10px; height: 2px; background: inherit; }
    .whisker::before { top: 0; } .whisker::after { bottom: 0; }
    .rows { display: grid; gap: 3px; margin: 10px 0 14px; font-size: 13px; }
    .row { display: grid; grid-template-columns: minmax(90px, 150px) 1fr minmax(84px, auto); gap: 12px; align-items: center; cursor: help; }
    .row span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; } .row b { text-align: right; font-weight: 550; }
    .track { position: relative; height: 13px; } .track i { position: absolute; top: 0; bottom: 0; min-width: 1px; border-radius: 2px; background: var(--soft); }
    .track .pos { background: var(--pos); } .track .neg { background: var(--neg); } #orders .track .pos { background: var(--a); }
    .scroll { overflow: auto; max-height: 430px; margin: 12px 0 0; border: 1px solid var(--rule); border-radius: 7px; }
    table { border-collapse: collapse; width: 100%; font-size: 13px; }
    th { position: sticky; top: 0; background: var(--card); box-shadow: inset 0 -1px var(--rule); padding: 0; text-align: right; z-index: 1; }
    th button { all: unset; cursor: pointer; padding: 7px 11px; font-weight: 600; white-space: nowrap; } th button:focus-visible { outline: 2px solid var(--a); }
    th[aria-sort="ascending"] button::after { content: " ↑"; } th[aria-sort="descending"] button::after { content: " ↓"; }
    td { padding: 4px 11px; text-align: right; border-top: 1px solid var(--grid); white-space: nowrap; }
    th.left, td.left { text-align: left; } #statistics td { white-space: normal; vertical-align: top; }
    details { margin-top: 14px; } summary { cursor: pointer; font-size: 14px; color: var(--a); }
    code { font: 12.5px ui-monospace, Menlo, Consolas, monospace; }
    #tip { position: fixed; z-index: 9; max-width: min(340px, calc(100vw - 24px)); padding: 8px 11px; border-radius: 7px; background: var(--ink);
      color: var(--bg); font-size: 13px; line-height: 1.4; white-space: pre-line; pointer-events: none; box-shadow: 0 4px 18px #0004; }
    @media (max-width: 760px) {
      main { padding: 16px 10px 30px; } section { padding: 14px 13px; } .cards { grid-template-columns: repeat(2, 1fr); }
      .card b { font-size: 19px; } header h1 { font-size: 20px; } .live .xs span:nth-child(even) { display: none; }
      .plot { margin-left: 46px; } .row { grid-template-columns: 96px 1fr minmax(70px, auto); gap: 8px; }
    }
    @media print {
      :root { --bg: #fff; --card: #fff; --ink: #000; --soft: #555; --rule: #ccc; --grid: #e5e5e5; --a: #2f5fd0; --b: #a86409; --pos: #0d6b4d; --neg: #b02a2a; }
      body { font-size: 11px; } main { max-width: none; padding: 0; } section { border: 0; padding: 8px 0; break-inside: auto; }
      figure, .cards, .warnings li, tr { break-inside: avoid; } .scroll { max-height: none; overflow: visible; border: 0; } th { position: static; }
      * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } #tip { display: none; }
    }
    """
