"""What people see: Streamlit pages that draw, read widgets and call the desk."""
