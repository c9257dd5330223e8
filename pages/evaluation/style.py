"""The looks of figures, rows and differences; colours that stand on a light and on a dark ground."""

STYLE = """
<style>
.stMainBlockContainer { max-width: 78rem; }
.measures { columns: 21rem 2; column-gap: 2.5rem; }
.measures table { width: 100%; border-collapse: collapse; font-size: .9rem; break-inside: avoid; }
.measures caption, .label { text-align: left; font-size: .75rem; letter-spacing: .06em; text-transform: uppercase;
  opacity: .75; padding: .5rem 0 .2rem 0; }
.measures th, .measures td { border: 0; padding: .15rem .6rem .15rem 0; font-weight: 400; text-align: left; }
.measures td { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.measures td.about { opacity: .75; font-size: .8rem; }
.measures td.bar { width: 5rem; }
.measures .track { position: relative; display: block; height: .5rem; border-radius: .25rem; background: #8884; }
.measures .fill { position: absolute; inset: 0 auto 0 0; border-radius: .25rem; background: #397ba4; }
.measures .spread { position: absolute; top: .19rem; height: .12rem; background: #e0a030; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; font-size: .85rem; margin-bottom: .3rem; }
.legend i { display: inline-block; width: .7rem; height: .7rem; border-radius: 50%; margin-right: .4rem; }
.facts { font-size: .85rem; opacity: .8; overflow-wrap: anywhere; }
.verdict { display: inline-block; font-size: .8rem; padding: .05rem .55rem; border-radius: 1rem; border: 1px solid; }
.verdict.right, .better { color: #3f8a64; color: light-dark(#2f6b4f, #86c7a4); }
.verdict.wrong, .worse { color: #c05038; color: light-dark(#a33a22, #e58a74); }
.verdict.open { opacity: .75; }
.said { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.5; margin: .1rem 0 .6rem 0; }
.said .unsupported { text-decoration: underline wavy #b3402a; text-decoration-thickness: 1px; }
.said ul { margin: 0; padding-left: 1.1rem; }
.said.checks { font-size: .9rem; margin-bottom: .2rem; }
.said.checks li { opacity: .8; }
.said.checks li.points { opacity: 1; font-weight: 600; }
.said.wanted { opacity: .8; }
.hit { border-left: 3px solid #8886; padding: .1rem 0 .1rem .8rem; margin: 0 0 .8rem 0; }
.hit.gold { border-left-color: #3f8a64; }
.hit .where { font-size: .8rem; opacity: .75; overflow-wrap: anywhere; }
.hit .text { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .9rem; line-height: 1.5; max-height: 11rem;
  overflow-y: auto; }
details > summary { cursor: pointer; font-size: .85rem; padding: .2rem 0 .6rem 0; }
.gains { width: 100%; border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
.gains th, .gains td { border: 0; border-bottom: 1px solid #8883; padding: .3rem .9rem .3rem 0; text-align: left; }
.gains .n { text-align: right; white-space: nowrap; }
.place .passage { font-size: .95rem; max-height: 34rem; overflow-y: auto; }
.wide { overflow-x: auto; }
.diff { white-space: pre-wrap; overflow-wrap: anywhere; font-family: "Source Code Pro", monospace; font-size: .85rem; }
.diff span { display: block; padding: 0 .4rem; }
.diff .added { background: #3f8a6433; }
.diff .gone { background: #c0503833; }
</style>
"""
