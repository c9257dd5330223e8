"""The few looks that Streamlit's theme has no setting for; colours that stand on its light and its dark ground."""

STYLE = """
<style>
.quote { border-left: 3px solid #397ba4; padding: .1rem 0 .1rem .9rem; margin: 0 0 .7rem 0; }
.quote table { border-collapse: collapse; font-size: .95rem; }
.quote th, .quote td { text-align: left; padding: .1rem 1.1rem .1rem 0; vertical-align: top; border: 0; }
.quote th { font-size: .8rem; opacity: .75; }
.quote .n, .draft .n { font-size: .75em; font-weight: 600; vertical-align: super; color: #397ba4; }
.quote .where { display: block; font-size: .8rem; opacity: .75; }
.draft { white-space: pre-wrap; overflow-wrap: anywhere; }
.draft-label { font-size: .8rem; opacity: .75; margin-bottom: .2rem; }
.unsupported { text-decoration: underline wavy #b3402a; text-decoration-thickness: 1px; text-underline-offset: .2em; }
.passage { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.55; }
.passage .around { opacity: .7; }
mark { background: #ffd640; color: #1d1d1b; padding: .05em .1em; border-radius: .15em; }
.files { width: 100%; border-collapse: collapse; font-size: .9rem; }
.files td { padding: .15rem .8rem .15rem 0; vertical-align: top; overflow-wrap: anywhere; }
.files td + td { opacity: .8; }
.files .failed td + td { color: #b3402a; opacity: 1; }
[class*="-source-"] .stButton button > div, [class*="-source-"] .stButton button > div > span {
  width: 100%; justify-content: flex-start !important; text-align: left;
}
.missing { overflow-wrap: anywhere; }
.missing summary { cursor: pointer; font-size: .8rem; opacity: .75; }
.missing ul { margin: 0; padding-left: 1.1rem; font-size: .9rem; }
/* Two quiet icons; what they mean stands beside them for a screen reader, and above them under a pointer. */
[class*="st-key-source-mark-"] [role="radio"] {
  position: relative; border: 0; background: none; opacity: .6; padding: .3rem .5rem;
}
[class*="st-key-source-mark-"] [role="radio"] span { gap: 0; }
[class*="st-key-source-mark-"], [class*="st-key-source-mark-"] * { overflow: visible; }
[class*="-row-"]:has([class*="st-key-source-mark-"]) { flex-wrap: nowrap; }
[class*="-row-"] > [class*="-source-"] { min-width: 0; }
[class*="st-key-source-mark-"] [role="radio"][aria-checked="true"],
[class*="st-key-source-mark-"] [role="radio"]:hover, [class*="st-key-source-mark-"] [role="radio"]:focus-visible {
  opacity: 1;
}
[class*="st-key-source-mark-"] [role="radio"] p {
  position: absolute; right: 0; bottom: 100%; padding: .1rem .5rem; border-radius: .3rem; white-space: nowrap;
  font-size: .75rem; background: #1d1d1b; color: #fff; clip-path: inset(50%); pointer-events: none; z-index: 1;
}
[class*="st-key-source-mark-"] [role="radio"]:hover p, [class*="st-key-source-mark-"] [role="radio"]:focus-visible p {
  clip-path: none;
}
.figures { font-size: .8rem; opacity: .75; }
</style>
"""
