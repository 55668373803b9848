"""What a title costs on a day, to the cent: principal, correction, fine, simple interest, discounts, each by its rule.

It asks for nothing that the title's terms do not hold, and keeps its clock apart from that of the days past due: when
money stops costing is a matter of the kind of title, said in the policy. All amounts are whole cents, int64.
"""
