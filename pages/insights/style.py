"""The looks of the figures; colours that stand on a light and on a dark ground."""

STYLE = """
<style>
.stMainBlockContainer { max-width: 72rem; }
.change { font-size: .78rem; opacity: .75; min-height: 1.2em; overflow-wrap: anywhere; }
.change .better { color: #3f8a64; color: light-dark(#2f6b4f, #86c7a4); }
.change .worse { color: #c05038; color: light-dark(#a33a22, #e58a74); }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; font-size: .85rem; margin-bottom: .3rem; }
.legend i { display: inline-block; width: .7rem; height: .7rem; border-radius: 50%; margin-right: .4rem; }
.facts { font-size: .85rem; opacity: .8; overflow-wrap: anywhere; }
[class*="st-key-figure-"] button { padding: 0; min-height: 0; }
[class*="st-key-figure-"] button p { font-size: 1.7rem; line-height: 1.25; font-variant-numeric: tabular-nums; }
@media (max-width: 640px) {
  .st-key-totals [data-testid="stHorizontalBlock"] { gap: .6rem; }
  .st-key-totals [data-testid="stColumn"] { min-width: calc(50% - .6rem); flex: 1 1 calc(50% - .6rem); }
}
.figure-label { font-size: .75rem; letter-spacing: .06em; text-transform: uppercase; opacity: .75; }
</style>
"""
