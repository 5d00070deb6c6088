"""What the routes do, one function each: check what is asked, call what stands below, say it in the wire's shapes."""
