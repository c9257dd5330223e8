"""The few looks that Streamlit's theme has no setting for."""

STYLE = """
<style>
.quote { border-left: 3px solid var(--st-primary-color); padding: .1rem 0 .1rem .9rem; margin: 0 0 .7rem 0; }
.quote .n, .draft .n { font-size: .75em; font-weight: 600; vertical-align: super; color: var(--st-primary-color); }
.quote .where { display: block; font-size: .8rem; opacity: .75; }
.draft { white-space: pre-wrap; overflow-wrap: anywhere; }
.draft-label { font-size: .8rem; opacity: .75; margin-bottom: .2rem; }
.passage { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.55; }
.passage .around { opacity: .7; }
mark { background: #ffd640; color: #1d1d1b; padding: .05em .1em; border-radius: .15em; }
.figures { font-size: .8rem; opacity: .75; }
</style>
"""
