"""The desk as a web application: `refdesk run`, or `streamlit run app.py`."""

from starlette.middleware import Middleware
from streamlit import App

from pages.visitors import Visitors

app = App("pages/frame.py", middleware=[Middleware(Visitors)])
