#include "runtime/scenario/run_report_style.hpp"

namespace troupe::scenario {

// c0 to c7 are told apart by readers who do not tell red from green; names
// stand beside them wherever there is room.
const std::string_view report_style = R"css(
:root {
  color-scheme: light dark;
  --page: #f5f4f0; --card: #fffefb; --ink: #1d1c1a; --soft: #5f5c55;
  --line: #e3e0d8; --lane: #f0eee8; --good: #1a7f4b; --bad: #c0352b;
  --change: #a35f00; --accent: #2a6fbb;
  --c0: #2a78d6; --c1: #e0642d; --c2: #168f62; --c3: #c99400;
  --c4: #6a4fc4; --c5: #d6478a; --c6: #4f8f1f; --c7: #0e8fa8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #141413; --card: #1e1d1c; --ink: #f1efe9; --soft: #aaa69c;
    --line: #36342f; --lane: #272624; --good: #4fc486; --bad: #ff7a6e;
    --change: #f0ae4c; --accent: #6aaef5;
    --c0: #5ba2f2; --c1: #f58a57; --c2: #35bf8b; --c3: #e8b931;
    --c4: #9d87f0; --c5: #f07bb0; --c6: #86c24e; --c7: #3cc0d8;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 72rem; padding: 1rem 1.25rem 4rem;
  background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif;
}
h1 { font-size: .85rem; letter-spacing: .12em; text-transform: uppercase;
  color: var(--soft); margin: .5rem 0 1rem; }
h2 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .4rem; }
h3 { font-size: 1.2rem; margin: 0 0 .8rem; }
h4 { font-size: .95rem; margin: 1.6rem 0 .4rem; }
code, pre { font: .86em/1.5 ui-monospace, Menlo, Consolas, monospace; }
code { overflow-wrap: anywhere; }
article + article { margin-top: 3.5rem; }
section, nav { background: var(--card); border: 1px solid var(--line);
  border-radius: 10px; padding: 1.1rem 1.25rem; margin-top: 1.1rem; }
nav { margin-bottom: 2.5rem; }
nav ol { margin: 0; padding-left: 1.5rem; }
nav li { padding: .15rem 0; }
a { color: var(--accent); }
.description { max-width: 46rem; margin: 0 0 .8rem; color: var(--soft); }
.faint { color: var(--soft); }
.facts { list-style: none; display: flex; flex-wrap: wrap; gap: .4rem;
  margin: 0; padding: 0; }
.facts li, .verdict { border: 1px solid var(--line); border-radius: 99px;
  padding: .1rem .7rem; font-size: .86rem; background: var(--card); }
.verdict { font-weight: 600; }
.verdict.good { color: var(--good); border-color: var(--good); }
.verdict.bad { color: var(--bad); border-color: var(--bad); }

.figures { display: flex; flex-wrap: wrap; gap: .5rem 2.2rem; margin: 0; }
.figure { display: flex; flex-direction: column-reverse; }
.figure dt { color: var(--soft); font-size: .86rem; }
.figure dd { margin: 0; font-size: 1.5rem; line-height: 1.3;
  font-variant-numeric: tabular-nums; }
.figure dd small { font-size: .8rem; color: var(--soft); }
.figure.bad dd, .figure.bad dd small { color: var(--bad); }

.picture { margin: 1.4rem 0 0; }
.picture figcaption { font-weight: 600; font-size: .95rem;
  margin-bottom: .4rem; }
.picture figcaption span { font-weight: 400; color: var(--soft);
  font-size: .86rem; }
svg { display: block; overflow: visible; }
.patterns { position: absolute; }
.plot { margin-left: 92px; width: calc(100% - 92px - 22px); }
svg text { fill: var(--ink); font-size: 12px; }
svg text.tick { fill: var(--soft); font-size: 11px;
  font-variant-numeric: tabular-nums; }
svg line { shape-rendering: crispEdges; }
.grid { stroke: var(--line); }
.axis { stroke: var(--soft); opacity: .6; }
.line { fill: none; stroke: var(--series); stroke-width: 2;
  stroke-linejoin: round; vector-effect: non-scaling-stroke; }
.area { fill: var(--series); opacity: .13; }
.lag { --series: var(--c1); }
.throughput { --series: var(--c0); }
.hover { fill: transparent; }
.hover:hover { fill: var(--ink); fill-opacity: .07; }
.lane { fill: var(--lane); stroke: var(--line); }
.span { overflow: hidden; }
.fill { fill: var(--owner); fill-opacity: .3; }
.edge { fill: var(--owner); }
.hatch { fill: none; }
.hatched .hatch { fill: url(#hatch); }
.stripe { fill: var(--card); fill-opacity: .55; }
.c0 { --owner: var(--c0); } .c1 { --owner: var(--c1); }
.c2 { --owner: var(--c2); } .c3 { --owner: var(--c3); }
.c4 { --owner: var(--c4); } .c5 { --owner: var(--c5); }
.c6 { --owner: var(--c6); } .c7 { --owner: var(--c7); }
.other { --owner: var(--soft); }
.mark .catch { stroke: transparent; stroke-width: 13; }
.mark .rule { stroke: var(--ink); stroke-dasharray: 2 3; opacity: .55; }
.mark:hover .rule { stroke-dasharray: none; opacity: 1; }
.badge { fill: var(--ink); }
svg text.badge-text { fill: var(--card); font-size: 11px; font-weight: 600; }
.mark.harm .rule { stroke: var(--bad); opacity: .8; }
.mark.harm .badge { fill: var(--bad); }
.mark.help .rule { stroke: var(--good); opacity: .8; }
.mark.help .badge { fill: var(--good); }
.mark.order .badge { fill: var(--soft); }
.down .fill { fill: var(--bad); fill-opacity: .1; }
.down .hatch { fill: url(#hatch); }
.down .edge { fill: var(--bad); }
svg .down text { fill: var(--bad); font-weight: 600; }
.weak .fill { fill-opacity: .14; }
svg text.lane-heading { fill: var(--soft); font-size: 11px; }
.wide-names .plot { margin-left: 152px; width: calc(100% - 152px - 22px); }
.wide-names .legend { padding-left: 152px; }
.cluster { width: 100%; }
.cluster .text { white-space: normal; min-width: 14rem; }
.cluster .reaction td { border-top: 0; color: var(--soft); }
.cluster .reaction .text, .cluster .reaction .cause { color: var(--ink); }
.cluster .fault td { font-weight: 600; white-space: normal; }
.cluster summary { display: inline; font-size: .86rem; }
.cluster details { display: inline; }
.moves { margin: .2rem 0 .4rem; padding-left: 1.1rem; font-size: .86rem;
  color: var(--soft); }
.letter { display: inline-block; min-width: 1.4em; text-align: center;
  border-radius: 4px; background: var(--soft); color: var(--card);
  font-size: .8rem; }
.harm .letter { background: var(--bad); }
.help .letter { background: var(--good); }
.timeline .fault td:last-child { color: var(--bad); font-weight: 600; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.1rem;
  margin: .3rem 0 0; padding: 0 0 0 92px; font-size: .86rem;
  color: var(--soft); }
.legend li::before { content: ""; display: inline-block; width: 12px;
  height: 12px; margin-right: .4rem; vertical-align: -1px; border-radius: 2px;
  background: var(--owner); }
.legend li.hatched::before { background: repeating-linear-gradient(45deg,
  var(--owner) 0 2px, transparent 2px 4px); }
.legend li.no-owner::before { background: var(--lane);
  outline: 1px solid var(--line); }
.legend li.down::before { background: var(--bad); opacity: .35; }
.legend li.harm-mark::before { width: 0; border-radius: 0; background: none;
  border-left: 2px dotted var(--bad); }
.legend li.help-mark::before { width: 0; border-radius: 0; background: none;
  border-left: 2px dotted var(--good); }
.legend li.rebalance::before { width: 0; border-radius: 0; background: none;
  border-left: 2px dotted var(--ink); }

.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem;
  font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .28rem .9rem .28rem 0; vertical-align: top;
  white-space: nowrap; }
th { font-weight: 500; }
thead th { color: var(--soft); font-size: .82rem;
  border-bottom: 1px solid var(--line); }
tbody tr + tr > * { border-top: 1px solid var(--line); }
tr:not(.first) + tr:not(.first) > td[rowspan] { border-top: 0; }
.number { text-align: right; }
.cause { white-space: normal; min-width: 12rem; max-width: 22rem;
  color: var(--change); }
.idle > * { color: var(--soft); }
.bar-cell { min-width: 7rem; }
.bar { width: 100%; margin-top: .4rem; }
.bar rect { fill: var(--c0); }

.expectations { list-style: none; margin: 0; padding: 0; }
.expectations li { padding: .2rem 0; }
.mark-text { font-weight: 600; }
.good > .mark-text { color: var(--good); }
.bad > .mark-text { color: var(--bad); }
pre { margin: .3rem 0 .6rem; padding: .6rem .8rem; background: var(--lane);
  border-left: 3px solid var(--bad); overflow-x: auto; }
summary { cursor: pointer; color: var(--soft); }

.timeline { width: 100%; }
.timeline td:last-child { white-space: normal; width: 100%;
  overflow-wrap: anywhere; min-width: 12rem; }
.timeline td:first-child, .timeline td:nth-child(2) { color: var(--soft); }
.timeline tbody tr + tr > * { border-top: 0; }
.timeline tbody tr.step + tr > *, .timeline tbody tr > * { padding-top: .12rem;
  padding-bottom: .12rem; }
.timeline tbody tr.step > * { border-top: 1px solid var(--line);
  padding-top: .5rem; }
.timeline .step td:last-child { font-weight: 600; }
.timeline .change td:last-child { color: var(--change); }
.timeline .problem td:last-child { color: var(--bad); font-weight: 600; }
.timeline .commit td:last-child, .timeline .note td:last-child,
.timeline .gap td { color: var(--soft); }
.timeline .gap td { text-align: center; font-style: italic; }

@media (max-width: 640px) {
  body { padding: .6rem .6rem 3rem; }
  section, nav { padding: .8rem .75rem; }
  h2 { font-size: 1.4rem; }
  svg .wide { display: none; }
  svg text.lane-name { font-size: 11px; }
  .plot { margin-left: 76px; width: calc(100% - 76px - 12px); }
  .wide-names .plot { margin-left: 118px; width: calc(100% - 118px - 12px); }
  .legend, .wide-names .legend { padding-left: 0; }
  .figures { gap: .5rem 1.4rem; }
  th, td { padding-right: .6rem; }
  .bar-cell { display: none; }
  .figure dd { font-size: 1.25rem; }
}
@media print { section { break-inside: avoid; } }
)css";

} // namespace troupe::scenario
